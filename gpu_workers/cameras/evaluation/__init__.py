"""How well the worker sees rendered scenes that no training has used. Synthetic, and so called."""
