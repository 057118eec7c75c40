"""Looking after the running city: health, queues, failures."""
