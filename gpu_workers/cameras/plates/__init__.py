"""Number plates: find, straighten, recognise, decode by the grammar, vote over frames."""
