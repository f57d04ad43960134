"""Lambda functions of pledges."""
