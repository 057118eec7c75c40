"""`make lint`: format, style, types, import rules, template, and the web app's own check."""

import os
import subprocess
import sys
import time

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


def main() -> int:
    """Run all checks, even after one failed; the status is the number that failed."""
    failed = 0
    for name, command in CHECKS:
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
        print(f"{mark} {name:14} {time.monotonic() - started:5.1f} s", flush=True)
        if done.returncode:
            failed += 1
            print(done.stdout + done.stderr, flush=True)
    return failed


if __name__ == "__main__":
    sys.exit(main())
