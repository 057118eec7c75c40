"""The ledger: the only code that moves money. Not a unit of its own: `wallet`, `bills`,
`merchants` and `settlement` stand on it, and open its table."""
