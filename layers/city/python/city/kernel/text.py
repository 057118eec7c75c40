"""Text in two languages."""

import unicodedata
from typing import Literal

from pydantic import BaseModel

Language = Literal["vi", "en"]


class Text(BaseModel, frozen=True):
    """One sentence in Vietnamese and English."""

    vi: str
    en: str

    def format(self, **values: object) -> "Text":
        """The same sentence with `{names}` filled in."""
        return Text(vi=self.vi.format(**values), en=self.en.format(**values))

    def within(self, language: Language) -> str:
        """The sentence in one language."""
        return self.en if language == "en" else self.vi


def text(vi: str, en: str) -> Text:
    """Shorthand for tables of sentences."""
    return Text(vi=vi, en=en)


def plain(words: str) -> str:
    """Small letters without diacritics, as people type when in a hurry: Huế and hue are one."""
    split = unicodedata.normalize("NFD", words.casefold().replace("đ", "d"))
    return "".join(letter for letter in split if not unicodedata.combining(letter))
