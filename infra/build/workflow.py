"""docs/workflow.md from the workflow table; `python -m infra.build.workflow [--check]`."""

import sys

from infra.build.units import ROOT, all_units

OUT = ROOT / "docs" / "workflow.md"


def page() -> str:
    """The table as a Mermaid diagram and as a table."""
    all_units()
    from city.reports.workflow import ACTION_NAMES, FINAL, STATES, VERSION, WORKFLOW

    lines = [
        "# The life of a field report",
        "",
        (
            f"Version {VERSION}. Made by `python -m infra.build.workflow` from "
            "`city/reports/workflow.py`; do not edit."
        ),
        "",
        "```mermaid",
        "stateDiagram-v2",
    ]
    for state, facts in STATES.items():
        lines.append(f"  {state.value} : {facts.name.vi} ({facts.name.en})")
    drawn: dict[tuple[str, str], list[str]] = {}
    for move in WORKFLOW:
        if move.to is not None and move.to != move.start:
            start = move.start.value if move.start else "[*]"
            label = f"{move.action} / {move.actor}"
            drawn.setdefault((start, move.to.value), []).append(label)
    for (start, to), labels in drawn.items():
        lines.append(f"  {start} --> {to} : {', '.join(dict.fromkeys(labels))}")
    lines += [f"  {state.value} --> [*]" for state in sorted(FINAL)]
    lines += ["```", "", "| from | action | vi | actor | guard | to |", "|---|---|---|---|---|---|"]
    for move in WORKFLOW:
        start = move.start.value if move.start else "(new)"
        to = move.to.value if move.to else "(same)"
        lines.append(
            f"| {start} | `{move.action}` | {ACTION_NAMES[move.action].vi} | {move.actor} "
            f"| {move.guard or ''} | {to} |"
        )
    return "\n".join(lines) + "\n"


def main() -> int:
    """Write or check."""
    made = page()
    if "--check" in sys.argv:
        if not OUT.exists() or OUT.read_text("utf-8") != made:
            print("stale: docs/workflow.md; run python -m infra.build.workflow")
            return 1
        return 0
    OUT.parent.mkdir(exist_ok=True)
    OUT.write_text(made, encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
