"""Lambda functions of the ledger of messages, and of the letters of pledges."""
