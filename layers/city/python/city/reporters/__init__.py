"""The vault: who reported what, and who follows what. A table and a right of its own."""
