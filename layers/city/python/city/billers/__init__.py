"""The bodies whose bills are paid here: one port, their traits as dated data, a strict client.

A layer below the units: `bills` pays through it, reconciliation reads statements through it.
"""
