"""The outbox: how facts get from a commit to the bus. AWS engine alone; the embedded one writes queues in the commit."""
