"""What runs and deploys the product: the embedded engine's processes, the `giaouoc` commands, and the AWS resources (*.yml)."""
