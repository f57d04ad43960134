"""Entering and leaving: one-time links become sessions."""
