"""What a person judges by: the original clip, stills, a drawing over one of them, their hashes."""
