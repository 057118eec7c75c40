"""From a stream's address to pictures with a wall clock: reading, timing, sampling, looking ill."""
