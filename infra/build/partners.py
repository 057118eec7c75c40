"""The made part of docs/partners.md and the manifest's JSON Schema; `--check` finds them stale.

`python -m infra.build.partners [--check]`. The page is written by hand; what lies between the marks
is made from the transition table.
"""

import json
import sys

from infra.build.units import ROOT, on_path

OUT = ROOT / "docs" / "partners.md"
SCHEMA = ROOT / "docs" / "partner-manifest.schema.json"
BEGIN, END = "<!-- made from the table: begin -->", "<!-- made from the table: end -->"


def life() -> list[str]:
    """The transition table as a diagram and as a table."""
    from city.partners.workflow import ACTION_NAMES, FINAL, GUARD_NAMES, STATE_NAMES, WORKFLOW

    lines = ["```mermaid", "stateDiagram-v2"]
    lines += [f"  {state.value} : {name.vi} ({name.en})" for state, name in STATE_NAMES.items()]
    for move in WORKFLOW:
        if move.to is not None and move.to != move.start:
            start = move.start.value if move.start else "[*]"
            lines.append(f"  {start} --> {move.to.value} : {move.action} / {move.actor}")
    lines += [f"  {state.value} --> [*]" for state in sorted(FINAL)]
    lines += ["```", "", "| from | action | vi | by | only if | to |", "|---|---|---|---|---|---|"]
    for move in WORKFLOW:
        start = move.start.value if move.start else "(new)"
        to = move.to.value if move.to else "(same)"
        guard = GUARD_NAMES[move.guard].en if move.guard else ""
        vi = ACTION_NAMES[move.action].vi
        lines.append(f"| {start} | `{move.action}` | {vi} | {move.actor} | {guard} | {to} |")
    return lines


def page(held: str) -> str:
    """The page with its made part renewed."""
    before, _, rest = held.partition(BEGIN)
    _, _, after = rest.partition(END)
    made = "\n".join(life())
    return f"{before}{BEGIN}\n\n{made}\n\n{END}{after}"


def schema() -> str:
    """The manifest's JSON Schema (2020-12)."""
    from city.contracts.manifest import AppManifest

    made = {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": "urn:hue-s:partner-manifest:v1",
        **AppManifest.model_json_schema(),
    }
    return json.dumps(made, ensure_ascii=False, indent=1) + "\n"


def main() -> int:
    """Write or check."""
    on_path()
    held = OUT.read_text("utf-8")
    made = {OUT: page(held), SCHEMA: schema()}
    if "--check" in sys.argv:
        stale = [p.name for p, t in made.items() if not p.exists() or p.read_text("utf-8") != t]
        if stale:
            print(f"stale: {', '.join(stale)}; run python -m infra.build.partners")
        return len(stale)
    for path, text in made.items():
        path.write_text(text, encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
