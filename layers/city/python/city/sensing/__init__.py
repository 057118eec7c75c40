"""Measuring the city: stations, readings, indices, thresholds and episodes."""
