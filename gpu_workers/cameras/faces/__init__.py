"""People in pictures: blurred everywhere, searched for only with flag, legal basis and model."""

from .blur import blur
from .search import FaceEmbedder, FaceSearch, Hit, LegalBasis, NotAllowed, Wanted

__all__ = ["FaceEmbedder", "FaceSearch", "Hit", "LegalBasis", "NotAllowed", "Wanted", "blur"]
