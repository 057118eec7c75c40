"""`make lint`: format, style, types, import rules, template, and the web app's own check."""

import os
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor

from infra.local.place import ROOT

BIN = ROOT / ".venv" / "bin"
CODE = ("layers/city/python/city", "functions", "gpu_workers", "infra", "tests")
CHECKS: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("format", ("ruff", "format", "--check", "--quiet", ".")),
    ("style", ("ruff", "check", "--quiet", ".")),
    ("types", ("mypy", *CODE)),
    ("import rules", ("lint-imports",)),
    ("template", ("cfn-lint", "template.yaml")),
    ("web app", ("npm", "run", "--silent", "check")),
)


def check(name: str, command: tuple[str, ...]) -> tuple[bool, str]:
    """Run one; whether it passed, and what to say of it."""
    started = time.monotonic()
    web = command[0] == "npm"
    program = command[0] if web else str(BIN / command[0])
    done = subprocess.run(
        [program, *command[1:]],
        cwd=ROOT / "frontend" if web else ROOT,
        env={**os.environ, "PYTHONPATH": f"{ROOT / 'layers/city/python'}{os.pathsep}{ROOT}"},
        capture_output=True,
        text=True,
        check=False,
    )
    mark = "✗" if done.returncode else "✓"
    told = f"{mark} {name:14} {time.monotonic() - started:5.1f} s"
    if done.returncode:
        told += f"\n{done.stdout}{done.stderr}"
    return done.returncode == 0, told


def main() -> int:
    """Run all checks, as many at once as there are processors; the status is how many failed."""
    failed = 0
    with ThreadPoolExecutor(os.cpu_count() or 2) as several:
        for passed, told in several.map(lambda one: check(*one), CHECKS):
            print(told, flush=True)
            failed += not passed
    return failed


if __name__ == "__main__":
    sys.exit(main())
