"""`make test`: every test, from the fastest to the browser, and one closing line with the sum.

    python -m infra.local.testing [unit|web|city]...      (no name: all of them)

`unit` needs nothing but Python, `web` is the web app's own tests, `city` starts a city of its own
and runs the integration tests and the browser journeys against it. Without a browser the journeys
are skipped and it is said how to get one; in CI (CI=true or HUES_REQUIRE_BROWSER=1) that is a
failure.
"""

import os
import re
import shutil
import subprocess
import sys
import xml.etree.ElementTree as ET
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from infra.local.city import inside
from infra.local.place import ROOT, Place
from infra.local.processes import NotStarted

RESULTS = ROOT / "build" / "tests"
FAST = ("tests/unit", "tests/store", "tests/contract", "tests/faults")
BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
MAC = "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome"
GET_ONE = "apt install chromium (or set CHROMIUM to a Chrome or Chromium program)"


def browser() -> str | None:
    """A Chromium to drive, or None."""
    told = os.environ.get("CHROMIUM")
    if told:
        return told if Path(told).exists() else None
    found = next((shutil.which(name) for name in BROWSERS if shutil.which(name)), None)
    return found or (MAC if Path(MAC).exists() else None)


def required() -> bool:
    """Whether journeys may not be skipped."""
    return os.environ.get("CI") == "true" or os.environ.get("HUES_REQUIRE_BROWSER") == "1"


def counted(junit: Path) -> Counter[str]:
    """What a JUnit file says: passed, failed, skipped."""
    if not junit.exists():
        return Counter(failed=1)
    seen: Counter[str] = Counter()
    for case in ET.parse(junit).iter("testcase"):  # noqa: S314 - our own test run wrote it
        kinds = {child.tag for child in case}
        if kinds & {"failure", "error"}:
            seen["failed"] += 1
        else:
            seen["skipped" if "skipped" in kinds else "passed"] += 1
    return seen


def counted_tap(tap: Path) -> Counter[str]:
    """What a TAP file of node's test runner says."""
    text = tap.read_text("utf-8") if tap.exists() else "# fail 1"
    found = {
        name: int(n)
        for name, n in re.findall(r"^# (pass|fail|cancelled|skipped) (\d+)$", text, re.MULTILINE)
    }
    return Counter(
        passed=found.get("pass", 0),
        failed=found.get("fail", 0) + found.get("cancelled", 0),
        skipped=found.get("skipped", 0),
    )


def pytest(name: str, *arguments: str, aside: bool = False) -> Counter[str]:
    """Run pytest; returns its counts, with at least one failure if it ended badly. What one that
    runs `aside` says comes in one piece at its end."""
    out = RESULTS / f"{name}.xml"
    out.unlink(missing_ok=True)
    command = [sys.executable, "-m", "pytest", "-q", f"--junitxml={out}", *arguments]
    said = subprocess.PIPE if aside else None
    done = subprocess.run(
        command, cwd=ROOT, check=False, stdout=said, stderr=said and subprocess.STDOUT, text=True
    )
    if aside:
        print(f"\n({name})\n{done.stdout}", flush=True)
    return _at_least(counted(out), done.returncode)


def node(name: str, where: Path, *files: str) -> Counter[str]:
    """Run node's test runner; the files one after another."""
    out = RESULTS / f"{name}.tap"
    out.unlink(missing_ok=True)
    reporters = ["--test-reporter=spec", "--test-reporter-destination=stdout"]
    reporters += ["--test-reporter=tap", f"--test-reporter-destination={out}"]
    command = ["node", "--test", "--test-concurrency=1", *reporters, *files]
    code = subprocess.run(command, cwd=where, check=False).returncode
    return _at_least(counted_tap(out), code)


def _at_least(seen: Counter[str], code: int) -> Counter[str]:
    if code and not seen["failed"]:
        seen["failed"] = 1
    return seen


def title(words: str) -> None:
    """A heading between parts."""
    print(f"\n== {words}", flush=True)


def unit() -> Counter[str]:
    """No network, no city: units, stores, contracts, faults."""
    title("unit, store, contract and fault tests")
    here = [folder for folder in FAST if (ROOT / folder).is_dir()]
    return pytest("unit", "-n", str(min(4, os.cpu_count() or 2)), *here)


def web() -> Counter[str]:
    """The web app's own tests."""
    title("web app tests")
    files = sorted(str(p) for p in (ROOT / "frontend/tests").glob("*.test.mjs"))
    return node("web", ROOT / "frontend", *files)


def city() -> Counter[str]:
    """Integration tests and journeys, inside one city (see `in_city`)."""
    title("a city of its own, deployed from template.yaml")
    for old in RESULTS.glob("city-*"):
        old.unlink()
    place = Place(ROOT / ".local", 8080)
    try:
        inside(place, [sys.executable, "-m", "infra.local.testing", "in-city"])
    except NotStarted as fault:
        print(f"✗ {fault}", file=sys.stderr)
    seen = counted(RESULTS / "city-integration.xml")
    seen += counted(RESULTS / "city-apart.xml")
    seen += counted(RESULTS / "city-logs.xml")
    if browser() or required():
        seen += counted_tap(RESULTS / "city-journeys.tap")
    return seen


def in_city() -> Counter[str]:
    """What runs while the city is up."""
    title("integration tests over HTTP")
    # What brings a city or a fleet of its own waits most of its time: it runs beside the others.
    with ThreadPoolExecutor(1) as beside:
        apart = beside.submit(pytest, "city-apart", "tests/integration/apart", aside=True)
        seen = pytest("city-integration", "tests/integration", "--ignore=tests/integration/apart")
        seen += apart.result()
    found = browser()
    if found is None:
        print(f"no browser was found, so the journeys were skipped: {GET_ONE}", flush=True)
    else:
        os.environ["CHROMIUM"] = found
        title(f"browser journeys ({found})")
        files = sorted(str(p) for p in (ROOT / "tests/e2e").glob("*.test.mjs"))
        seen += node("city-journeys", ROOT, *files)
    title("nobody's data in the logs of all that")
    # A test of its own, so that it counts: it reads what the functions wrote until now.
    return seen + pytest("city-logs", "tests/integration/last/scan_logs.py")


def closing(seen: Counter[str]) -> str:
    """The last line."""
    skipped = f", {seen['skipped']} skipped" if seen["skipped"] else ""
    return f"{seen['passed']} passed, {seen['failed']} failed{skipped}"


def main(names: list[str]) -> int:
    """Run the parts and print the sum."""
    RESULTS.mkdir(parents=True, exist_ok=True)
    if names == ["in-city"]:
        return 1 if in_city()["failed"] else 0
    parts = {"unit": unit, "web": web, "city": city}
    total: Counter[str] = Counter()
    for name in names or list(parts):
        total.update(parts[name]())
    if browser() is None and (not names or "city" in names):
        print(f"\nThe browser journeys were skipped: no Chromium was found. {GET_ONE}")
    print(f"\n{closing(total)}", flush=True)
    return 1 if total["failed"] else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
