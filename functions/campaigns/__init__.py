"""Lambda functions of campaigns."""
