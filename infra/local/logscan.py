"""Looking for people in the logs: `python -m infra.local.logscan <folder>...`.

Run in CI over everything the functions wrote while the whole suite drove them. Names are those of
the demo people, who act in the tests; numbers, codes, cards and tokens are found by their shape.
"""

import re
import sys
from collections.abc import Iterator
from pathlib import Path

from infra.seed.documents import people

# Trace ids are hexadecimal: digits among letters are no number.
SHAPES = {
    "telephone number": re.compile(r"(?<![\dA-Za-z])(?:\+?84|0)(?:3|5|7|8|9)\d{8}(?![\dA-Za-z])"),
    "identity card number": re.compile(r"(?<![\dA-Za-z.\-])0\d{11}(?![\dA-Za-z])"),
    "token": re.compile(r"eyJ[\w-]{8,}\.eyJ[\w-]{8,}\."),
    "one-time code": re.compile(r'"(?:otp|code)":\s*"\d{6}"'),
    "e-mail address": re.compile(r"[\w.+-]+@[\w-]+\.(?:vn|com|org|test)\b"),
    "secret": re.compile(r"(?i)(?:-----BEGIN|refresh_token\W+[\w-]{20})"),
}


def shapes() -> dict[str, re.Pattern[str]]:
    """What may not be in a log: shapes, and the names of those who took part."""
    # Staff accounts are named after their office ("Cán bộ Sở …"), which is no personal datum.
    names = {p["name"] for p in people() if not p["unit"] and len(p["name"].split()) > 2}
    private = sorted(name for name in names if not name.startswith(("Trực ban", "Quản trị")))
    return {**SHAPES, "name": re.compile("|".join(map(re.escape, private)))}


def found(folder: Path) -> Iterator[str]:
    """Each line that tells too much, with what was found (shortened)."""
    patterns = shapes()
    for path in sorted(folder.rglob("*.log*")):
        with path.open(errors="replace") as lines:
            for number, line in enumerate(lines, 1):
                for what, pattern in patterns.items():
                    hit = pattern.search(line)
                    if hit:
                        yield f"{path.name}:{number}: {what}: {hit[0][:6]}… in: {line[:160]!r}"


def main(folders: list[str]) -> int:
    """Print what was found; the status says whether there was anything."""
    faults = [fault for folder in folders for fault in found(Path(folder))]
    for fault in faults[:20]:
        print(f"✗ {fault}")
    print(f"log scan: {len(faults)} lines with personal data")
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
