"""People in pictures: blurred everywhere, searched for only with flag, legal basis and model."""

from .blur import blur
from .card import FaceCard
from .search import Face, FaceEmbedder, FaceSearch, Hit, LegalBasis, NotAllowed, Wanted

__all__ = [
    "Face",
    "FaceCard",
    "FaceEmbedder",
    "FaceSearch",
    "Hit",
    "LegalBasis",
    "NotAllowed",
    "Wanted",
    "blur",
]
