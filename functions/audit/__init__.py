"""What was done by whom, and what waits for a second officer."""
