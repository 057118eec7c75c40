"""Promises with an end: clocks, the sweep that finds what runs late, and the escalation ladder."""
