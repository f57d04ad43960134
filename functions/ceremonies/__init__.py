"""Lambda functions of ceremonies: planning, lists, tickets, doors, the hall."""
