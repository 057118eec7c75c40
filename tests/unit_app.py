"""A unit's triggers, loaded anew for one test, and what they answer."""

import importlib.util
import json
from pathlib import Path
from types import ModuleType
from typing import Any

FUNCTIONS = Path(__file__).parents[1] / "functions"


def fresh(unit: str) -> ModuleType:
    """`functions/<unit>/app.py` as a module of its own: a test may replace what is in it."""
    spec = importlib.util.spec_from_file_location(f"{unit}_app", FUNCTIONS / unit / "app.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def call(
    unit: ModuleType, method: str, path: str, who: str = "", body: Any = None, status: int = 200
) -> Any:
    """What somebody is answered, which must have this status; text where it is no JSON."""
    event = {
        "httpMethod": method, "path": path, "queryStringParameters": None,
        "headers": {"Authorization": f"Bearer {who}"} if who else {},
        "requestContext": {"httpMethod": method, "path": path, "identity": {}},
        "body": json.dumps(body) if body is not None else None, "isBase64Encoded": False,
    }  # fmt: skip
    answer = unit.app(event, None)
    assert answer["statusCode"] == status, answer["body"]
    kind = answer["headers"]["Content-Type"]
    return json.loads(answer["body"]) if "json" in kind else answer["body"]
