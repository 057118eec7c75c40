"""Warnings: from a draft, made by rule or by hand, to released CAP messages and their end."""
