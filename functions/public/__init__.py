"""Lambda functions of public."""
