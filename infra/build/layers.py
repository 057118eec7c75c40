"""The two layers for AWS: `python -m infra.build.layers` writes build/layers/{city,deps}.

`city` is our own package. `deps` is requirements/runtime.txt for Lambda (arm64, Python 3.13),
without what no function needs: tooling that chalice brings, and all of botocore's services but the
ones in use. Both are compiled to bytecode that is never checked against its source: Lambda's /opt
is read-only, so that each cold start would compile again. Packages come through the ordinary
configuration and cache, so this also runs where only a mirror or a warm cache is at hand.

`--check` builds for this machine instead, imports every function from the result alone, and prints
sizes and times.
"""

import argparse
import compileall
import json
import os
import py_compile
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from infra.local.place import ROOT

OUT = ROOT / "build" / "layers"
TARGET_PYTHON = "3.13"
TARGET_PLATFORM = "aarch64-manylinux_2_28"  # Amazon Linux 2023 has glibc 2.34
LIMIT_BYTES = 250 * 1024 * 1024  # unzipped, function and layers together (Lambda's quota)
SERVICES = {"dynamodb", "events", "logs", "s3", "sqs", "sts", "sns", "ssm"}
# chalice's packaging and prompting tools: its runtime, chalice/app.py, is standard library only.
TOOLING = {
    "ansicon", "blessed", "click", "colorama", "editor", "inquirer", "jinxed", "pip", "readchar",
    "runs", "setuptools", "wcwidth", "wheel", "xmod", "pyyaml",
}  # fmt: skip


def wanted(requirements: str) -> str:
    """The pinned requirements without the tooling; entries are blocks with hashes."""
    kept: list[str] = []
    keep = True
    for line in requirements.splitlines():
        if line and not line[0].isspace() and not line.startswith("#"):
            keep = line.split("==")[0].split("[")[0].strip().lower() not in TOOLING
        if keep:
            kept.append(line)
    return "\n".join(kept) + "\n"


def install(into: Path, *, native: bool) -> None:
    """Unpack the requirements, for Lambda or for this machine."""
    with tempfile.NamedTemporaryFile("w", suffix=".txt") as listed:
        listed.write(wanted((ROOT / "requirements/runtime.txt").read_text()))
        listed.flush()
        uv = Path(sys.executable).with_name("uv")
        command = [str(uv), "pip", "install", "--quiet", "--require-hashes", "--no-deps"]
        command += ["--only-binary", ":all:", "--target", str(into), "-r", listed.name]
        if not native:
            command += ["--python-version", TARGET_PYTHON, "--python-platform", TARGET_PLATFORM]
        subprocess.run(command, check=True)


def trim(site: Path) -> None:
    """Remove what no function reads."""
    for service in (site / "botocore" / "data").iterdir():
        if service.is_dir() and service.name not in SERVICES:
            shutil.rmtree(service)
    for name in ("boto3/examples", "chalice/templates", "bin"):
        shutil.rmtree(site / name, ignore_errors=True)
    for folder in list(site.rglob("*")):
        if folder.is_dir() and folder.name in ("tests", "test", "__pycache__"):
            shutil.rmtree(folder, ignore_errors=True)


def compiled(folder: Path, python: str) -> None:
    """Write bytecode that is never checked against its source.

    Raises:
        RuntimeError: this interpreter is not the target's: bytecode of another version would be
            ignored there.
    """
    this = f"{sys.version_info[0]}.{sys.version_info[1]}"
    if this != python:
        print(f"  not compiled: that needs Python {python}, and this is {this}")
        return
    mode = py_compile.PycInvalidationMode.UNCHECKED_HASH
    compileall.compile_dir(folder, quiet=2, workers=os.cpu_count() or 1, invalidation_mode=mode)


def size(folder: Path) -> int:
    """Bytes of all files."""
    return sum(p.stat().st_size for p in folder.rglob("*") if p.is_file())


def build(out: Path, *, native: bool) -> dict[str, int]:
    """Build both layers; returns their sizes in bytes."""
    python = f"{sys.version_info[0]}.{sys.version_info[1]}" if native else TARGET_PYTHON
    shutil.rmtree(out, ignore_errors=True)
    city, deps = out / "city" / "python", out / "deps" / "python"
    unmade = shutil.ignore_patterns("__pycache__")
    shutil.copytree(ROOT / "layers/city/python", city, ignore=unmade)
    deps.mkdir(parents=True)
    install(deps, native=native)
    trim(deps)
    for layer in (city, deps):
        compiled(layer, python)
    return {"city": size(city), "deps": size(deps)}


IMPORT = """
import json, sys, time
started = time.perf_counter()
import app
print(json.dumps({"ms": round((time.perf_counter() - started) * 1000),
                  "modules": len(sys.modules)}))
"""


def imported(out: Path, function: Path) -> dict[str, int]:
    """Import a function from the layers alone, as Lambda does: no other packages in sight."""
    path = [str(out / "city/python"), str(out / "deps/python"), str(function)]
    done = subprocess.run(
        [sys.executable, "-S", "-B", "-c", IMPORT],
        env={"PYTHONPATH": os.pathsep.join(path), "PATH": os.environ["PATH"]},
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        raise SystemExit(f"✗ {function.name} does not import from the layers:\n{done.stderr}")
    figures: dict[str, int] = json.loads(done.stdout)
    return figures


def main() -> int:
    """Build, and with `--check` prove that the functions live on the layers alone."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--check", action="store_true", help="for this machine, then import all")
    given = parser.parse_args()
    out = OUT.with_name("layers-check") if given.check else OUT
    started = time.monotonic()
    sizes = build(out, native=given.check)
    for name, held in sizes.items():
        print(f"  {name:6} {held / 1e6:6.1f} MB")
    if sum(sizes.values()) > LIMIT_BYTES:
        raise SystemExit("✗ the layers are over Lambda's 250 MB")
    if given.check:
        for function in sorted((ROOT / "functions").iterdir()):
            if (function / "app.py").exists():
                figures = imported(out, function)
                print(f"  {function.name:10} {figures['ms']:5} ms  {figures['modules']} modules")
    print(f"  {out.relative_to(ROOT)} in {time.monotonic() - started:.1f} s")
    return 0


if __name__ == "__main__":
    sys.exit(main())
