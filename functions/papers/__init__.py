"""Lambda functions of official papers."""
