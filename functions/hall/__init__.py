"""Pages of devices: the door and the projector."""
