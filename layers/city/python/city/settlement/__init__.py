"""Reconciliation: our books, the billers' and the bank's; each difference has its action."""
