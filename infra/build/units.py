"""Loading every unit's triggers, for documents and checks that are made from the code."""

import importlib.util
import os
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
FUNCTIONS = ROOT / "functions"

_NO_PLACE = {
    "STAGE": "test",
    "AWS_REGION": "ap-southeast-1",
    "BUS_NAME": "hues-test",
    "TABLE_PREFIX": "hues-test-",
    "UPLOADS_BUCKET": "uploads",
    "MEDIA_BUCKET": "media",
    "PUBLIC_BASE_URL": "http://127.0.0.1",
    "TOKEN_SECRET": "x" * 32,
}


def on_path() -> None:
    """Let `city` be imported."""
    layer = str(ROOT / "layers/city/python")
    if layer not in sys.path:
        sys.path.insert(0, layer)


def load(unit: str) -> object:
    """The `Unit` of functions/<unit>/app.py, under a module name of its own."""
    on_path()
    for name, value in _NO_PLACE.items():
        os.environ.setdefault(name, value)
    module_name = f"functions_{unit}_app"
    if module_name in sys.modules:
        return sys.modules[module_name].app
    spec = importlib.util.spec_from_file_location(module_name, FUNCTIONS / unit / "app.py")
    if spec is None or spec.loader is None:
        raise LookupError(unit)
    module = importlib.util.module_from_spec(spec)
    sys.modules[module_name] = module
    spec.loader.exec_module(module)
    return module.app


def names() -> list[str]:
    """Every unit that has triggers."""
    return sorted(path.parent.name for path in FUNCTIONS.glob("*/app.py"))


def all_units() -> dict[str, object]:
    """Every unit by name."""
    return {name: load(name) for name in names()}
