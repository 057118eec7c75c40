"""The demo city: facts with their sources, and what we made up, marked as such."""
