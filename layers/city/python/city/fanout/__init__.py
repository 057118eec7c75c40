"""Fan-out: who should hear of something, and getting it to their phones, in bounded slices."""
