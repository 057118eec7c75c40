"""OpenAPI 3.1 from the declared routes; `python -m infra.build.openapi [--check]`.

Shapes come from the pydantic models, rights from the policy table, texts from docstrings. The
document and a page made of it are served by `ops`; the web client's types are generated from it.
"""

import functools
import html
import json
import re
import sys
from collections.abc import Iterator
from typing import Any

from openapi_spec_validator import validate
from pydantic import BaseModel
from pydantic.json_schema import (
    CoreModeRef,
    CoreRef,
    DefsRef,
    GenerateJsonSchema,
    models_json_schema,
)

from infra.build.units import FUNCTIONS, all_units, on_path

on_path()
from city.kernel.policy import RULES  # noqa: E402 - the layer has just been put on the path

OUT = FUNCTIONS / "ops" / "openapi.json"
PAGE = FUNCTIONS / "ops" / "api.html"
_REF = "#/components/schemas/{model}"
_PROBLEM = {
    "type": "object",
    "description": "RFC 9457 problem details",
    "required": ["type", "title", "status", "detail", "messages", "correlation_id"],
    "properties": {
        "type": {"type": "string", "description": "urn:hue-s:problem:<slug>, stable"},
        "title": {"type": "string"},
        "status": {"type": "integer"},
        "detail": {"type": "string"},
        "messages": {
            "type": "object",
            "properties": {"vi": {"type": "string"}, "en": {"type": "string"}},
        },
        "errors": {
            "type": "array",
            "items": {
                "type": "object",
                "properties": {
                    "field": {"type": "string"},
                    "vi": {"type": "string"},
                    "en": {"type": "string"},
                },
            },
        },
        "allowed": {"type": "array", "items": {"type": "string"}},
        "state": {"type": "string"},
        "correlation_id": {"type": "string"},
    },
}
_WRITES = {"POST", "PUT", "PATCH", "DELETE"}
_MODEL = re.compile(r"(?P<path>[\w.<>]+\.)?(?P<name>\w+):(?P<id>\d+)")  # as pydantic refers to it
_UNIT = re.compile(r"city\.(\w+)|functions_(\w+)_app")
_SHARED = "kernel"


def schema_name(unit: str, model: str) -> str:
    """A model's name in the document: with its unit before it, unless it begins with it anyway.

    Two units may call a model `Card`. Were names only prefixed where they meet, one unit's new
    model would rename another's; so a name depends on its own unit alone.

        reports, Card -> ReportsCard       bills, BillView -> BillView       kernel, Text -> Text
    """
    whole = "".join(part.capitalize() for part in unit.split("_"))
    if unit == _SHARED or re.match(rf"({whole}|{whole.removesuffix('s')})(?![a-z])", model):
        return model
    return whole + model


class _Named(GenerateJsonSchema):
    """Pydantic's schemas under our names, also within generic models (`Page[Card]`)."""

    @functools.cached_property
    def _modules(self) -> dict[int, str]:
        return {id(each): each.__module__ for each in _below(BaseModel)}

    def get_defs_ref(self, core_mode_ref: CoreModeRef) -> DefsRef:
        """See `schema_name`. Pydantic names an argument of a generic model by its id alone."""

        def renamed(found: re.Match[str]) -> str:
            where = _UNIT.match(self._modules.get(int(found["id"]), found["path"] or ""))
            unit = (where[1] or where[2]) if where else _SHARED
            return f"{found['path'] or ''}{schema_name(unit, found['name'])}:{found['id']}"

        ref, mode = core_mode_ref
        return super().get_defs_ref((CoreRef(_MODEL.sub(renamed, ref)), mode))


def _below(model: type[BaseModel]) -> Iterator[type[BaseModel]]:
    for each in model.__subclasses__():
        yield each
        yield from _below(each)


def _is_model(what: Any) -> bool:
    return isinstance(what, type) and issubclass(what, BaseModel)


def document(some: dict[str, object] | None = None) -> dict[str, Any]:
    """The whole API, or that of some units."""
    units = some or all_units()
    import city  # on the path once the units are loaded

    routes = [(name, route) for name, app in units.items() for route in app.declared]  # type: ignore[attr-defined]
    models: dict[tuple[type[BaseModel], Any], None] = {}
    for _, route in routes:
        if route.body:
            models[route.body, "validation"] = None
        if _is_model(route.returns):
            models[route.returns, "serialization"] = None
    refs, definitions = models_json_schema(list(models), ref_template=_REF, schema_generator=_Named)
    _unmistakable(definitions.get("$defs", {}))
    paths: dict[str, dict[str, Any]] = {}
    for unit, route in sorted(routes, key=lambda pair: (pair[1].path, pair[1].method)):
        paths.setdefault(route.path, {})[route.method.lower()] = _operation(unit, route, refs)
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Hue-S",
            "version": city.__version__,
            "description": "The smart-city platform's HTTP API. Vietnamese first: send "
            "`Accept-Language: en` for English. Lists use opaque cursors; times are RFC 3339.",
            "license": {"name": "Apache-2.0", "identifier": "Apache-2.0"},
        },
        "servers": [{"url": "/"}],
        "tags": [{"name": name} for name in sorted(units)],
        "paths": paths,
        "components": {
            "schemas": {**definitions.get("$defs", {}), "Problem": _PROBLEM},
            "securitySchemes": {"bearer": {"type": "http", "scheme": "bearer"}},
        },
    }


def _unmistakable(schemas: dict[str, Any]) -> None:
    """Pydantic writes out the module where two models still have one name."""
    long = sorted(name for name in schemas if "__" in name)
    if long:
        raise ValueError(f"two models of one unit have one name: {', '.join(long)}")


def _operation(unit: str, route: Any, refs: dict[Any, Any]) -> dict[str, Any]:
    operation: dict[str, Any] = {
        "operationId": f"{unit}_{route.call.__name__}",
        "tags": [unit],
        "summary": route.summary,
        "parameters": _parameters(route),
        "responses": _responses(route, refs),
    }
    lines = RULES.get(route.action, ())
    if not any("guest" in line.who for line in lines):
        operation["security"] = [{"bearer": []}]
    operation["x-policy"] = {
        "action": route.action,
        "rules": [
            {"who": sorted(line.who), "on": line.on, "assurance": line.assurance} for line in lines
        ],
    }
    if route.body:
        operation["requestBody"] = {
            "required": True,
            "content": {"application/json": {"schema": refs[route.body, "validation"]}},
        }
    return operation


def _parameters(route: Any) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = [
        {"name": part.strip("{}"), "in": "path", "required": True, "schema": {"type": "string"}}
        for part in route.path.split("/")
        if part.startswith("{")
    ]
    if route.query:
        schema = route.query.model_json_schema(by_alias=True)
        for name, shape in schema.get("properties", {}).items():
            inlined = _inline(shape, schema.get("$defs", {}))
            found.append(
                {
                    "name": name,
                    "in": "query",
                    "required": name in schema.get("required", []),
                    "schema": inlined,
                }
            )
    if route.idempotent and route.method in _WRITES:
        found.append(
            {
                "name": "Idempotency-Key",
                "in": "header",
                "required": False,
                "description": "Retrying with the same key gives the first answer again (a day).",
                "schema": {"type": "string", "maxLength": 200},
            }
        )
    return found


def _inline(shape: Any, definitions: dict[str, Any]) -> Any:
    if isinstance(shape, dict):
        if "$ref" in shape:
            return _inline(definitions[shape["$ref"].rsplit("/", 1)[-1]], definitions)
        return {key: _inline(value, definitions) for key, value in shape.items()}
    if isinstance(shape, list):
        return [_inline(value, definitions) for value in shape]
    return shape


def _responses(route: Any, refs: dict[Any, Any]) -> dict[str, Any]:
    good: dict[str, Any] = {"description": route.summary or "Done"}
    if route.status != 204:
        schema = refs[route.returns, "serialization"] if _is_model(route.returns) else {}
        good["content"] = {kind: {"schema": schema} for kind in route.media_types}
    problem = {
        "description": "Refused; the body says why and what to do",
        "content": {
            "application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}
        },
    }
    return {str(route.status): good, "default": problem}


def page(spec: dict[str, Any]) -> str:
    """The document as one page without scripts."""
    parts = []
    for path, operations in spec["paths"].items():
        for method, operation in operations.items():
            detail = html.escape(json.dumps(operation, ensure_ascii=False, indent=1))
            roles = ", ".join(operation.get("x-roles", [])) or "mọi người / everybody"
            parts.append(
                f"<details><summary><b>{method.upper()}</b> <code>{html.escape(path)}</code> "
                f"{html.escape(operation['summary'])}</summary><p>{html.escape(roles)}</p>"
                f"<pre>{detail}</pre></details>"
            )
    schemas = "".join(
        f'<details id="{html.escape(name)}"><summary><code>{html.escape(name)}</code></summary>'
        f"<pre>{html.escape(json.dumps(shape, ensure_ascii=False, indent=1))}</pre></details>"
        for name, shape in spec["components"]["schemas"].items()
    )
    return (
        '<!doctype html><html lang="vi"><meta charset="utf-8"><title>Hue-S API</title>'
        '<meta name="viewport" content="width=device-width">'
        f"<h1>Hue-S API {html.escape(spec['info']['version'])}</h1>"
        '<p>OpenAPI 3.1: <a href="/openapi.json">/openapi.json</a></p>'
        f"<h2>Đường dẫn / Paths</h2>{''.join(parts)}<h2>Kiểu / Schemas</h2>{schemas}</html>\n"
    )


def main() -> int:
    """Write the documents, or with `--check` say whether they are current.

    Only what is written is validated, which takes ten seconds: what is current was valid then.
    """
    spec = document()
    texts = {
        OUT: json.dumps(spec, ensure_ascii=False, indent=1, sort_keys=True) + "\n",
        PAGE: page(spec),
    }
    if "--check" in sys.argv:
        stale = [p.name for p, t in texts.items() if not p.exists() or p.read_text("utf-8") != t]
        if stale:
            print(f"stale: {', '.join(stale)}; run python -m infra.build.openapi")
        return len(stale)
    validate(spec)
    for path, content in texts.items():
        path.write_text(content, encoding="utf-8")
    print(f"{OUT.name}: {sum(len(o) for o in spec['paths'].values())} operations")
    return 0


if __name__ == "__main__":
    sys.exit(main())
