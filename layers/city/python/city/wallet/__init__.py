"""The wallet: a person's money on the ledger, and its ways in and out through the bank."""
