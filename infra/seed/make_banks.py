"""The banks of Vietnam by name, for people who open a wallet: frontend/src/lib/money/banks.json.

`python -m infra.seed.make_banks`. The source, sources/banks.csv, holds a bank's BIN with NAPAS (by
which VietQR and transfers name it), its short and full name, and by what else people know it. It
is what two public lists agree on, read on `READ_ON`: VietQR's own (api.vietqr.io/v2/banks, as
copied in public repositories) and github.com/xuannghia/vietnam-qr-pay (MIT, 17a05d3 of 2026-07-20).
Banks that were taken over are listed once, under today's name; wallets that are no bank are left
out.
"""

import csv
import json

from infra.local.place import ROOT
from infra.seed.writing import HERE

READ_ON = "2026-11-26"
SOURCE = "VietQR (api.vietqr.io/v2/banks); github.com/xuannghia/vietnam-qr-pay 17a05d3"
OUT = ROOT / "frontend/src/lib/money/banks.json"


def banks() -> list[dict[str, str]]:
    """Every bank: `bin` (six digits), `short`, `name`, `also` (further words to find it by)."""
    with (HERE / "sources/banks.csv").open(encoding="utf-8", newline="") as lines:
        return list(csv.DictReader(lines))


def document() -> dict[str, object]:
    """What the web app loads: where it is from, and the banks in the order of their short names."""
    listed = sorted(banks(), key=lambda one: one["short"].casefold())
    return {"source": SOURCE, "read_on": READ_ON, "banks": listed}


if __name__ == "__main__":
    OUT.write_text(json.dumps(document(), ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
