"""People's rights over their data: consents, who looked, export, correction, erasure."""
