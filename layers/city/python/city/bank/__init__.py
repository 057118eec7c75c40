"""The bank that keeps the guarantee account: one port, ISO 20022 messages as JSON, a strict client.

A layer below the units: `wallet` moves money through it, reconciliation reads its statements.
"""
