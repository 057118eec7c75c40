"""Hue-S: the thinking of a smart city, one folder per unit."""

__version__ = "0.1.0"
