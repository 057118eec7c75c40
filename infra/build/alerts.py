"""The made part of docs/alerts.md; `python -m infra.build.alerts [--check]`.

The page is written by hand; what lies between the marks is made from the transition table and from
the hazards' data.
"""

import sys

from infra.build.units import ROOT, on_path

OUT = ROOT / "docs" / "alerts.md"
BEGIN, END = "<!-- made from the data: begin -->", "<!-- made from the data: end -->"


def life_cycle() -> list[str]:
    """The transition table as a diagram and as a table."""
    from city.alerts.workflow import ACTION_NAMES, FINAL, GUARD_NAMES, STATE_NAMES, WORKFLOW

    lines = ["```mermaid", "stateDiagram-v2"]
    lines += [f"  {state.value} : {name.vi} ({name.en})" for state, name in STATE_NAMES.items()]
    drawn: dict[tuple[str, str], list[str]] = {}
    for move in WORKFLOW:
        if move.to is not None and move.to != move.start:
            start = move.start.value if move.start else "[*]"
            drawn.setdefault((start, move.to.value), []).append(f"{move.action} / {move.actor}")
    for (start, to), labels in drawn.items():
        lines.append(f"  {start} --> {to} : {', '.join(dict.fromkeys(labels))}")
    lines += [f"  {state.value} --> [*]" for state in sorted(FINAL)]
    lines += ["```", "", "| from | action | vi | by | only if | to |", "|---|---|---|---|---|---|"]
    for move in WORKFLOW:
        start = move.start.value if move.start else "(new)"
        to = move.to.value if move.to else "(same)"
        guard = GUARD_NAMES[move.guard].en if move.guard else ""
        vi = ACTION_NAMES[move.action].vi
        lines.append(f"| {start} | `{move.action}` | {vi} | {move.actor} | {guard} | {to} |")
    return lines


def hazards() -> list[str]:
    """The kinds as a table."""
    from city.alerts.documents import from_documents

    from infra.seed.load_alerts import alerts_documents

    book = from_documents(alerts_documents(), "docs")
    lines = [
        "| kind | name | fields | for | lasts | at once only for | verdict |",
        "|---|---|---|---|---|---|---|",
    ]
    for kind in sorted(book.kinds, key=lambda k: (k.id, k.version)):
        fields = ", ".join(f.name for f in kind.fields)
        whom = "everybody" if kind.roles is None else ", ".join(kind.roles)
        cases = ", ".join(
            [case.code for case in kind.named_cases]
            + [f"{order.code} (standing order)" for order in kind.standing_orders]
        )
        life = f"{kind.life.expires_min} min" if kind.life.releasable else "never released"
        verdict = ", ".join(kind.life.becomes) or ("yes" if kind.life.verdict else "")
        name = f"{kind.name.vi} ({kind.name.en})"
        lines.append(
            f"| `{kind.id}` v{kind.version} | {name} | {fields} | {whom} | {life} "
            f"| {cases} | {verdict} |"
        )
    return lines


def page(held: str) -> str:
    """The page with its made part renewed."""
    on_path()
    before, _, rest = held.partition(BEGIN)
    _, _, after = rest.partition(END)
    made = "\n".join(["## Life cycle", "", *life_cycle(), "", "## Kinds of hazard", "", *hazards()])
    return f"{before}{BEGIN}\n\n{made}\n\n{END}{after}"


def main() -> int:
    """Write or check."""
    held = OUT.read_text("utf-8")
    made = page(held)
    if "--check" in sys.argv:
        if made != held:
            print("stale: docs/alerts.md; run python -m infra.build.alerts")
            return 1
        return 0
    OUT.write_text(made, encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
