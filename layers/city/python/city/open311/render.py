"""GeoReport v2 documents as XML and JSON. Pure.

A document is nested dicts, lists and scalars under element names; `SINGULAR` names a list's
children in XML. JSON uses strings for identifiers: the standard's own examples (`001`) are not
valid JSON numbers. What is empty is an empty element in XML and null in JSON, which is how the
standard's examples and the schemas in github.com/open311/schema-validation have it.
"""

import json
import re
from datetime import datetime
from typing import Any, Literal
from xml.etree.ElementTree import Element, SubElement, tostring

from city.kernel.clock import HUE

Format = Literal["json", "xml"]
MEDIA_TYPES: dict[Format, str] = {
    "json": "application/json; charset=utf-8",
    "xml": "text/xml; charset=utf-8",
}
_SURROGATE = re.compile("[\ud800-\udfff]")  # half a character: no bytes of UTF-8 stand for it
_NOT_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
SINGULAR = {
    "services": "service",
    "attributes": "attribute",
    "values": "value",
    "service_requests": "request",
    "endpoints": "endpoint",
    "formats": "format",
    "errors": "error",
}


def document(root: str, content: Any, fmt: Format) -> str:
    """A whole document. In JSON a list stands alone; an object of a list root stays an object."""
    if fmt == "json":
        return json.dumps(_spark(content), ensure_ascii=False)
    element = Element(root)
    _fill(element, root, content)
    return '<?xml version="1.0" encoding="utf-8"?>\n' + tostring(element, encoding="unicode")


def _fill(element: Element, name: str, content: Any) -> None:
    if isinstance(content, dict):
        for key, value in content.items():
            _fill(SubElement(element, key), key, value)
    elif isinstance(content, list):
        for value in content:
            _fill(SubElement(element, SINGULAR[name]), SINGULAR[name], value)
    elif content is not None:
        element.text = _clean(_scalar(content))


def _spark(content: Any) -> Any:
    """JSON by the Spark convention: lists stay lists, an empty element is null."""
    if isinstance(content, dict):
        return {key: _spark(value) for key, value in content.items()}
    if isinstance(content, list):
        return [_spark(value) for value in content]
    if isinstance(content, str):
        return _SURROGATE.sub("\ufffd", content) or None
    return content


def _scalar(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value)


def _clean(words: str) -> str:
    """Text without the characters that XML 1.0 (section 2.2) forbids."""
    return _NOT_XML.sub("", words)


def w3c(moment: datetime | None) -> str:
    """A moment as the standard wants it (W3C datetime with offset), in Huế's time."""
    return moment.astimezone(HUE).isoformat(timespec="seconds") if moment else ""


def errors(code: int, description: str, fmt: Format) -> str:
    """The standard's error document."""
    return document("errors", [{"code": code, "description": description}], fmt)
