"""Mini apps of partners: from a draft over three reviews and two persons to the city's home."""
