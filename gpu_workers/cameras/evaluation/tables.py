"""Figures as Markdown tables: the same for the terminal and for docs/cameras.md."""

from collections.abc import Sequence
from typing import Any


def show(part: str, found: dict[str, Any]) -> str:
    """One part's table under its name."""
    return f"\n## {part}\n\n" + {
        "detector": _detector,
        "tracking": _tracking,
        "plates": _plates,
        "rules": _rules,
    }[part](found)


def _table(head: Sequence[str], rows: Sequence[Sequence[Any]]) -> str:
    lines = ["| " + " | ".join(head) + " |", "|" + " --- |" * len(head)]
    lines += ["| " + " | ".join(_cell(c) for c in row) + " |" for row in rows]
    return "\n".join(lines)


def _cell(value: Any) -> str:
    if value is None:
        return "–"
    return f"{value:.2f}" if isinstance(value, float) else str(value)


def _detector(found: dict[str, Any]) -> str:
    classes = sorted({c for look in found.values() for c in look["ap50"]})
    return _table(
        ["look", "mAP50", "mAP50-95", *classes],
        [
            (look, f["map50"], f["map50_95"], *(f["ap50"].get(c) for c in classes))
            for look, f in found.items()
        ],
    )


def _tracking(found: dict[str, Any]) -> str:
    names = ("hota", "deta", "assa", "idf1", "mota", "switches", "objects")
    return _table(
        ["look", *(n.upper() for n in names[:5]), *names[5:]],
        [(look, *(f[n] for n in names)) for look, f in found.items()],
    )


def _plates(found: dict[str, Any]) -> str:
    kinds = list(next(iter(found.values())))
    return _table(
        ["plates", *(f"{k}: exact / wrong" for k in kinds)],
        [
            (noise, *(f"{f[k]['exact']:.2f} / {f[k]['wrong']:.2f}" for k in kinds))
            for noise, f in found.items()
        ],
    )


def _rules(found: dict[str, Any]) -> str:
    looks = list(next(iter(found.values())))
    rows = []
    for name, by_look in found.items():
        cells = [f"{_cell(f['precision'])} / {_cell(f['recall'])}" for f in by_look.values()]
        counts = [sum(f[k] for f in by_look.values()) for k in ("right", "wrong", "missed")]
        rows.append((name, *cells, " / ".join(map(str, counts))))
    return _table(
        ["scene", *(f"{k}: precision / recall" for k in looks), "right / wrong / missed"], rows
    )
