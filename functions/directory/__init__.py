"""Lambda functions of the directory."""
