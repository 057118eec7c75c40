"""Officers judge what cameras saw: review, evidence, transfer, outcome. Nothing here fines."""
