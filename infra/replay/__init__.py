"""The seed's history, driven through the same code as live traffic."""
