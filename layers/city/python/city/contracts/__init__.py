"""Published events: the only thing that units share."""
