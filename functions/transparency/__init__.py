"""Lambda functions of the public log."""
