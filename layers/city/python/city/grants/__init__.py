"""Roles are grants: who may act as what, for which organisation, from when to when, and why."""
