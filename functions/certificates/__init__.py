"""Lambda functions of certificates."""
