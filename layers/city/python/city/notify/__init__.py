"""Telling people: the inbox of a person, an agency or the centre, and short messages."""
