"""Indicators of the city: definitions, values by period and commune, entering and release."""
