"""The only doors to the outside world: HTTP, tables, bus, queues, objects, logs, settings."""
