"""Words that every unit shares. Pure: standard library and pydantic only."""
