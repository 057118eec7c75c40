"""The electronic card: issued to a known person, shown for seconds, read by those who may."""
