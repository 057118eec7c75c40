"""Sights, routes and drawn scenes for visitors."""
