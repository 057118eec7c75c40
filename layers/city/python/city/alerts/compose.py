"""From a kind's words and the facts to what a message says, in both languages. Pure."""

import re
from collections.abc import Mapping as Values
from datetime import datetime
from typing import Any

from pydantic import ValidationError

from city.alerts.kinds import FieldSpec, Kind
from city.alerts.model import Area, Content
from city.contracts.alerts import Certainty, Severity, Urgency
from city.kernel.clock import HUE
from city.kernel.problems import FieldError, Invalid
from city.kernel.text import Language, Text

_NAME = re.compile(r"{([a-z][a-z0-9_]*)}")
SEVERITY_WORDS: dict[Severity, Text] = {
    "Minor": Text(vi="nhẹ", en="minor"),
    "Moderate": Text(vi="trung bình", en="moderate"),
    "Severe": Text(vi="nghiêm trọng", en="severe"),
    "Extreme": Text(vi="đặc biệt nghiêm trọng", en="extreme"),
}


def checked_fields(kind: Kind, given: Values[str, Any]) -> dict[str, Any]:
    """A kind's own fields, as they are kept.

    Raises:
        Invalid: a field is missing, unknown or out of bounds; each is named.
    """
    errors = [
        FieldError(field=f"fields.{name}", vi="Không có mục này.", en="There is no such field.")
        for name in given
        if kind.spec(name) is None
    ]
    kept: dict[str, Any] = {}
    for spec in kind.fields:
        value = given.get(spec.name)
        if value is None:
            if spec.required:
                errors.append(_error(spec, "Mục này là bắt buộc.", "This field is required."))
            continue
        try:
            kept[spec.name] = _value(spec, value)
        except ValueError as error:
            vi, _, en = str(error).partition("|")
            errors.append(_error(spec, vi, en or vi))
    if errors:
        raise Invalid(errors=tuple(errors))
    return kept


def _error(spec: FieldSpec, vi: str, en: str) -> FieldError:
    return FieldError(field=f"fields.{spec.name}", vi=vi, en=en)


def _value(spec: FieldSpec, value: Any) -> Any:
    if spec.type in ("number", "integer"):
        return _number(spec, value)
    if spec.type == "choice":
        if value not in [choice.code for choice in spec.choices]:
            codes = ", ".join(choice.code for choice in spec.choices)
            raise ValueError(f"Chỉ nhận: {codes}.|Must be one of: {codes}.")
        return value
    if spec.type == "time":
        moment = datetime.fromisoformat(value) if isinstance(value, str) else value
        if not isinstance(moment, datetime) or moment.tzinfo is None:
            raise ValueError("Cần thời điểm có múi giờ.|A time with an offset is needed.")
        return moment.isoformat()
    if spec.type == "text":
        try:
            words = Text.model_validate(value)
        except ValidationError:
            raise ValueError("Cần chữ tiếng Việt và tiếng Anh.|Text in vi and en.") from None
        _fits(spec, words.vi)
        _fits(spec, words.en)
        return words.model_dump()
    _fits(spec, value)
    return value


def _number(spec: FieldSpec, value: Any) -> float | int:
    wanted = int if spec.type == "integer" else (int, float)
    if isinstance(value, bool) or not isinstance(value, wanted):
        raise ValueError("Phải là số.|Must be a number.")
    low, high = spec.minimum, spec.maximum
    if (low is not None and value < low) or (high is not None and value > high):
        raise ValueError(f"Phải từ {low} đến {high}.|Must be between {low} and {high}.")
    return value if spec.type == "integer" else float(value)


def _fits(spec: FieldSpec, words: Any) -> None:
    if not isinstance(words, str) or not words.strip() or len(words) > spec.max_length:
        most = spec.max_length
        raise ValueError(f"Từ 1 đến {most} ký tự.|Between 1 and {most} characters.")


def shown(spec: FieldSpec, value: Any, language: Language) -> str:
    """A field's value as people read it."""
    if spec.type in ("number", "integer"):
        plain = f"{value:.{0 if spec.type == 'integer' else spec.decimals}f}"
        number = plain.rstrip("0").rstrip(".") if "." in plain else plain
        return number.replace(".", ",") if language == "vi" else number
    if spec.type == "choice":
        return next(c.name for c in spec.choices if c.code == value).within(language)
    if spec.type == "time":
        local = datetime.fromisoformat(value).astimezone(HUE)
        return f"{local:%H:%M} {'ngày' if language == 'vi' else 'on'} {local:%d/%m/%Y}"
    if spec.type == "text":
        return Text.model_validate(value).within(language)
    return str(value)


def sentences(
    templates: tuple[Text, ...], known: Values[str, Values[str, str]], *, first: bool = False
) -> Text:
    """The sentences whose `{names}` are all known, filled in; or only the first of them."""
    chosen = [
        each
        for each in templates
        if all(name in known["vi"] for name in _NAME.findall(each.vi + each.en))
    ]
    picked = chosen[:1] if first else chosen

    def filled(language: Language) -> str:
        parts = (
            _NAME.sub(lambda m: known[language][m[1]], each.within(language)) for each in picked
        )
        return " ".join(parts)

    return Text(vi=filled("vi"), en=filled("en"))


def compose(
    kind: Kind,
    *,
    severity: Severity,
    fields: Values[str, Any],
    area: Area,
    urgency: Urgency | None = None,
    certainty: Certainty | None = None,
    risk_level: int | None = None,
) -> Content:
    """The message that a kind's words make of some facts.

    Raises:
        Invalid: the fields do not fit the kind.
    """
    kept = checked_fields(kind, fields)
    known: dict[str, dict[str, str]] = {"vi": {}, "en": {}}
    languages: tuple[Language, Language] = ("vi", "en")
    for language in languages:
        for name, value in kept.items():
            spec = kind.spec(name)
            if spec:
                known[language][name] = shown(spec, value, language)
        known[language]["area"] = area.name.within(language)
        known[language]["severity"] = SEVERITY_WORDS[severity].within(language)
    instruction = kind.words.instruction
    return Content(
        kind=kind.id,
        kind_version=kind.version,
        severity=severity,
        urgency=urgency or kind.urgency,
        certainty=certainty or kind.certainty,
        responses=kind.responses.get(severity, kind.responses.get("*", ())),
        risk_level=risk_level,
        event=kind.event,
        headline=sentences(kind.words.headline, known, first=True),
        description=sentences(kind.words.description, known),
        instruction=sentences(instruction.get(severity, instruction.get("*", ())), known),
        area=area,
        roles=kind.roles,
        fields=kept,
    )
