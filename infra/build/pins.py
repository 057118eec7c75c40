"""`make lock`: pin every package with hashes, from pyproject.toml, naming no address."""

import subprocess
import sys

from infra.local.place import ROOT

UV = "uv==0.13.9"
ALWAYS = ("--generate-hashes", "--no-emit-index-url", "--no-header", "--no-annotate", "--quiet")
FILES: dict[str, tuple[str, ...]] = {
    "runtime.txt": ("pyproject.toml", "--universal"),
    "cameras.txt": ("pyproject.toml", "--universal", "--group", "cameras"),
    "dev.txt": (
        *("pyproject.toml", "--universal", "--group", "local"),
        *("--group", "dev", "--group", "cameras"),
    ),
}


def main() -> int:
    """Write requirements/*.txt. Pins that are there already stay; delete a file to renew it."""
    uv = str(ROOT / ".venv" / "bin" / "uv")
    for name, source in FILES.items():
        out = f"requirements/{name}"
        subprocess.run([uv, "pip", "compile", *source, *ALWAYS, "-o", out], cwd=ROOT, check=True)
    command = [uv, "pip", "compile", "-", *ALWAYS, "-o", "requirements/uv.txt"]
    subprocess.run(command, cwd=ROOT, input=UV, text=True, check=True, stdout=subprocess.DEVNULL)
    return 0


if __name__ == "__main__":
    sys.exit(main())
