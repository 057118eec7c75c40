"""A plate that is being looked for. The list holds hashes: others stay unknown."""

from collections.abc import Iterator

from city.contracts.watching import WatchList, plate_hash

from ..view import Sight, View

MOST_KNOWN = 2_000


class WatchListLooker:
    """Hashes each reading once."""

    def __init__(self, rule: WatchList) -> None:
        self._wanted = frozenset(rule.plate_hashes)
        self._salt = rule.salt
        self._judged: dict[str, bool] = {}

    def look(self, view: View) -> Iterator[Sight]:
        """Tracks whose plate, as read so far, is on the list."""
        for track in view.tracks:
            reading = view.plates.get(track.number)
            if reading is not None and self._is_wanted(reading.text):
                yield Sight(
                    f"{reading.text}", reading.score, (track.now.box,), track.number, plate=reading
                )

    def _is_wanted(self, text: str) -> bool:
        if text not in self._judged:
            while len(self._judged) >= MOST_KNOWN:
                del self._judged[next(iter(self._judged))]
            self._judged[text] = plate_hash(text, self._salt) in self._wanted
        return self._judged[text]
