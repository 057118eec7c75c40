"""Uploads in, clean pictures out."""
