"""What the super app can do, for whom, and how much each of it is used."""
