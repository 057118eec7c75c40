"""Simulators of billers, each an HTTP server of its own with its own book.

Simulators, and they say so: the real companies' interfaces are not public. What they do here
(references, query, cut-off, statements) is invented, and plausible enough to be hard.
"""
