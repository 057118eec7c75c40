"""Everything a fresh clone needs before it can run: `python3 -m infra.local.prepare [web]`.

Standard library only: it makes the environment that has the rest. Each step leaves a stamp of what
it was made from in build/stamps, so that a second run takes a moment. `web` builds the web app too.
"""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys
import time
from pathlib import Path

from infra.local import preflight

ROOT = Path(__file__).resolve().parents[2]
STAMPS = ROOT / "build" / "stamps"
VENV = ROOT / ".venv"
PYTHON = VENV / "bin" / "python"
WEB = ROOT / "frontend"
WEB_SOURCES = ("src", "static", "messages", "project.inlang", "scripts", "sw")
WEB_FILES = ("package.json", "package-lock.json", "svelte.config.js", "vite.config.ts")
MADE = {".svelte-kit", "node_modules", "paraglide", "__pycache__", "cache"}


class Failed(Exception):
    """A step that ended badly; the message has the end of what it printed."""


def digest(*paths: Path) -> str:
    """What files hold, and everything in folders but what is made from the rest."""
    seen = hashlib.sha256()
    for path in paths:
        files = sorted(p for p in path.rglob("*") if p.is_file()) if path.is_dir() else [path]
        for file in files:
            if file.exists() and not MADE & set(file.relative_to(ROOT).parts):
                seen.update(file.relative_to(ROOT).as_posix().encode() + b"\0")
                seen.update(hashlib.sha256(file.read_bytes()).digest())
    return seen.hexdigest()


def fresh(name: str, key: str, result: Path) -> bool:
    """Whether a step's result is there and was made from the same things."""
    stamp = STAMPS / name
    return result.exists() and stamp.exists() and stamp.read_text() == key


def step(what: str, command: list[str], where: Path = ROOT) -> None:
    """Run one command and say how long it took; what it printed is shown only if it fails.

    Raises:
        Failed: it ended with an error.
    """
    print(f"• {what} …", flush=True)
    started = time.monotonic()
    told = {**os.environ, "VIRTUAL_ENV": str(VENV), "npm_config_update_notifier": "false"}
    done = subprocess.run(
        command,
        cwd=where,
        env=told,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    if done.returncode:
        last = "\n  ".join(done.stdout.strip().splitlines()[-30:])
        raise Failed(f"{what}: `{' '.join(command[:4])}` failed:\n  {last}")
    print(f"  {time.monotonic() - started:.1f} s", flush=True)


def stamp(name: str, key: str) -> None:
    """Remember that a step is done."""
    STAMPS.mkdir(parents=True, exist_ok=True)
    (STAMPS / name).write_text(key)


def python_environment() -> None:
    """.venv with exactly the pinned packages, compiled: functions start three times as fast."""
    if VENV.is_symlink() and PYTHON.exists():
        return  # somebody else's, shared: theirs to keep, and `--clear` would empty it for all
    requirements = ROOT / "requirements"
    key = digest(requirements / "uv.txt", requirements / "dev.txt") + sys.version
    if fresh("python", key, PYTHON):
        return
    if not PYTHON.exists() or not fresh("venv", sys.version, PYTHON):
        clear = [sys.executable, "-m", "venv", "--clear", str(VENV)]
        step("Python environment (.venv)", clear)
        stamp("venv", sys.version)
    quiet = ["--quiet", "--disable-pip-version-check"]
    uv = [str(PYTHON), "-m", "pip", "install", *quiet, "--require-hashes", "-r"]
    step("uv", [*uv, str(requirements / "uv.txt")])
    sync = [str(VENV / "bin" / "uv"), "pip", "sync", "--require-hashes", "--compile-bytecode"]
    packages = "Python packages (about 110, once)"
    step(packages, [*sync, "--quiet", str(requirements / "dev.txt")])
    stamp("python", key)


def web_packages() -> None:
    """frontend/node_modules as the lock file says."""
    if (WEB / "node_modules").is_symlink():
        return
    key = digest(WEB / "package-lock.json")
    if not fresh("npm", key, WEB / "node_modules" / ".package-lock.json"):
        quiet = ["--no-audit", "--no-fund", "--loglevel=error"]
        try:
            step("web packages (npm ci, once)", ["npm", "ci", *quiet], WEB)
        except Failed:
            # Some registries lack packages for other platforms; `ci` then calls the lock file out
            # of step. `install` takes the same pinned versions and leaves the lock file alone.
            print("  npm ci refused the lock file", flush=True)
            again = ["npm", "install", "--no-save", *quiet]
            step("web packages (npm install --no-save)", again, WEB)
        stamp("npm", key)


def web_app() -> None:
    """frontend/build from its sources."""
    sources = [WEB / name for name in (*WEB_SOURCES, *WEB_FILES)]
    if not fresh("web", digest(*sources), WEB / "build" / "index.html"):
        step("web app (npm run build)", ["npm", "run", "build"], WEB)
        stamp("web", digest(*sources))  # now, because the build may write among its sources


def main(wanted: list[str]) -> int:
    """Do what is not done yet."""
    if preflight.main():
        return 1
    fault = preflight.space_fault(ROOT)
    if fault:
        print(f"✗ {fault}", file=sys.stderr)
        return 1
    try:
        python_environment()
        if "web" in wanted:
            web_packages()
            web_app()
    except Failed as failed:
        print(f"✗ {failed}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
