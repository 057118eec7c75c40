"""Who watches what: a camera is a message, and whoever keeps it invisible watches it."""
