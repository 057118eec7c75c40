"""Counters kept from events alone, and the city's public figures."""
