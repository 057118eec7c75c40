"""Who people are: accounts, sign-in by one-time code, sessions."""
