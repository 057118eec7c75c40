"""Reconciliation: our books against the billers' and the bank's, every difference with an action."""
