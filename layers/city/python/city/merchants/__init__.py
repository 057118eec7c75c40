"""Acceptance points: who sells, their VietQR codes, payments by scanning, sales and payouts."""
