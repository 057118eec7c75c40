"""Fishing boats: positions, lost signals, crossings, legal cases, recalls."""
