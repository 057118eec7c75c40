"""Measurements with a baseline taken in the same run. Never asserted: machines differ."""
