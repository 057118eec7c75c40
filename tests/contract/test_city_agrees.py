"""Template, code, documents and rules agree with one another."""

import functools
import re
import subprocess
import sys
from itertools import product
from pathlib import Path
from typing import Any, get_args

import pytest
import yaml
from city.bills.cases import SHORT_WAY
from city.contracts.ledger import PaymentChanged
from city.contracts.privacy import DataRequest, PersonalDataRequested
from city.ledger.model import Kind
from city.ledger.workflow import State

from infra.build import events, openapi, units, workflow
from infra.seed.documents import documents

ROOT = Path(__file__).resolve().parents[2]
HELD_FOR_LONG = {"CameraAssignmentsQueue"}  # a camera's message is received all its life
VAULT_FUNCTIONS = {"ReportsHttp", "ReportsEvents", "Open311Http", "NotifyEvents"}


class Loader(yaml.SafeLoader):
    """YAML with CloudFormation's short functions kept as plain text."""


Loader.add_multi_constructor("!", lambda loader, tag, node: str(getattr(node, "value", "")))


@functools.cache
def template() -> dict[str, Any]:
    """The map; nobody changes it."""
    made: dict[str, Any] = yaml.load((ROOT / "template.yaml").read_text("utf-8"), Loader)  # noqa: S506
    return made


def functions() -> dict[str, dict[str, Any]]:
    return {
        name: resource["Properties"]
        for name, resource in template()["Resources"].items()
        if resource["Type"] == "AWS::Serverless::Function"
    }


def api_paths(unit: str) -> list[str]:
    return [
        event["Properties"]["Path"]
        for properties in functions().values()
        if properties["CodeUri"] == f"functions/{unit}"
        for event in properties["Events"].values()
        if event["Type"] == "Api"
    ]


@pytest.mark.parametrize("unit", units.names())
def test_every_route_is_on_the_map_and_nothing_else(unit: str) -> None:
    app: Any = units.load(unit)
    paths = api_paths(unit)
    for route in app.declared:
        fits = [
            p
            for p in paths
            if p == route.path
            or (p.endswith("/{proxy+}") and route.path.startswith(p.removesuffix("{proxy+}")))
        ]
        assert fits, f"template.yaml has no way to {route.method} {route.path}"
    for path in paths:
        stem = path.removesuffix("{proxy+}")
        assert any(route.path.startswith(stem) for route in app.declared), f"{path} leads nowhere"


@pytest.mark.parametrize("unit", units.names())
def test_every_queue_and_schedule_has_its_handler(unit: str) -> None:
    app: Any = units.load(unit)
    own = [p for p in functions().values() if p["CodeUri"] == f"functions/{unit}"]
    schedules = {
        re.search(r'"schedule": "(\w+)"', e["Properties"]["Input"]).group(1)  # type: ignore[union-attr]
        for p in own
        for e in p["Events"].values()
        if e["Type"] == "Schedule"
    }
    assert schedules == set(app.schedules)
    queues = [e for p in own for e in p["Events"].values() if e["Type"] == "SQS"]
    listens = bool(app.listeners) + len(app.receivers) + len(app.gatherers)
    assert len(queues) == listens
    for event in queues:
        assert event["Properties"]["FunctionResponseTypes"] == ["ReportBatchItemFailures"]


def patterns() -> dict[str, list[Any]]:
    """Each unit's rule: the event types it lets into the unit's queue."""
    return {
        resource["Properties"]["Name"].rsplit("-", 1)[-1]: resource["Properties"]["EventPattern"][
            "detail-type"
        ]
        for resource in template()["Resources"].values()
        if resource["Type"] == "AWS::Events::Rule"
    }


@pytest.mark.parametrize("unit", units.names())
def test_a_unit_gets_what_it_listens_to_and_nothing_else(unit: str) -> None:
    """What comes without a listener fails five times and ends among the dead letters."""
    app: Any = units.load(unit)
    wanted = patterns().get(unit, [])

    def let_in(event_type: str) -> bool:
        return any(
            event_type == one if isinstance(one, str) else event_type.startswith(one["prefix"])
            for one in wanted
        )

    assert {t for t in events.contracts() if let_in(t)} == set(app.listeners)


def acted_on(kind: str, state: str, sequence: int, autopay: bool) -> set[str]:
    """Units that do something about a payment of that kind when it gets into that state."""
    units, usual = set(), sequence <= SHORT_WAY and not autopay
    if kind == "bill" and state == "HELD":
        units.add("begun")  # the rule into the queue `bills-to-pay`
    elif kind == "bill" and state != "SENT" and not (state == "CAPTURED" and usual):
        units.add("bills")
    if (kind, state) == ("merchant", "CAPTURED") or kind == "payout":
        units.add("merchants")
    if kind in {"top_up", "cash_out", "payout"} and state != "SENT":
        units.add("wallet")  # sends what is begun, lists what is in doubt, unlists what has ended
    return units


def lets_in(pattern: dict[str, Any], data: dict[str, Any]) -> bool:
    """EventBridge's rule over the fields of an event's data, as far as our template goes."""
    for name, wanted in pattern.items():
        if name == "$or":
            if not any(lets_in(one, data) for one in wanted):
                return False
            continue
        value = data.get(name)
        for one in wanted:
            if one == {"exists": False} and value is None:
                break
            if isinstance(one, dict) and "numeric" in one:
                assert one["numeric"][0] == ">"
                if value is not None and value > one["numeric"][1]:
                    break
            elif isinstance(one, dict) and value is not None:
                if value not in one.get("anything-but", [value]):
                    break
            elif one == value:
                break
        else:
            return False
    return True


def test_payments_wake_who_acts_on_them_and_hardly_anybody_else() -> None:
    """A bill's three changes would otherwise start nine functions, seven of them for nothing."""
    rules = {
        resource["Properties"]["Name"].rsplit("-", 1)[-1]: resource["Properties"]["EventPattern"]
        for resource in template()["Resources"].values()
        if resource["Type"] == "AWS::Events::Rule"
        and PaymentChanged.event_type() in resource["Properties"]["EventPattern"]["detail-type"]
    }
    data = {unit: rule["detail"]["data"] for unit, rule in rules.items()}
    for kind, state, sequence, autopay in product(Kind, State, (3, 4), (False, True)):
        told = {"kind": kind.value, "state": state, "sequence": sequence, "autopay": autopay}
        woken = {unit for unit, pattern in data.items() if lets_in(pattern, told)}
        wanted = acted_on(kind.value, state.value, sequence, autopay)
        assert wanted <= woken
        assert woken - wanted <= ({"merchants"} if kind is Kind.MERCHANT else set())
    for unit, pattern in data.items():
        for asked in get_args(DataRequest):
            assert unit == "begun" or lets_in(pattern, {"kind": asked})
    assert lets_in(data["wallet"], {})


def test_every_unit_that_answers_for_personal_data_is_asked_and_may_write_its_part() -> None:
    listening = {
        unit
        for unit, app in units.all_units().items()
        if PersonalDataRequested.event_type() in app.listeners  # type: ignore[attr-defined]
    }
    assert listening == set(documents()["holders"])
    writing = {
        properties["CodeUri"].removeprefix("functions/")
        for name, properties in functions().items()
        if name.endswith("Events") and "-exports-" in str(properties["Policies"])
    }
    assert listening <= writing


def test_what_a_unit_left_unsaid_is_relayed() -> None:
    said = re.compile(r"\b(?:outbox|outbox_of|hand_over)\((?:asked, )?\"(\w+)\"")
    speaking = {
        unit
        for path in (ROOT / "functions").glob("*/app.py")
        for unit in said.findall(path.read_text("utf-8"))
    }
    units.load("outbox")
    relayed = set(sys.modules["functions_outbox_app"].SPEAKING_UNITS)
    assert speaking <= relayed
    policies = str(functions()["OutboxEvents"]["Policies"])
    assert all(f"{unit.title()}Table" in policies for unit in relayed)


def test_every_queue_has_dead_letters() -> None:
    resources = template()["Resources"]
    queues = {n: r["Properties"] for n, r in resources.items() if r["Type"] == "AWS::SQS::Queue"}
    for name, properties in queues.items():
        if not name.endswith("Dead"):
            most = 1000 if name in HELD_FOR_LONG else 5
            assert properties["RedrivePolicy"]["maxReceiveCount"] == most
            assert f"{name}Dead" in queues


def test_few_functions_may_open_the_vault() -> None:
    opened = {n for n, p in functions().items() if "ReportersTable" in str(p["Policies"])}
    assert opened == VAULT_FUNCTIONS
    for name in opened:
        code = (ROOT / functions()[name]["CodeUri"] / "app.py").read_text("utf-8")
        assert "city.reporters.store" in code
    for path in (ROOT / "functions").glob("*/app.py"):
        if "city.reporters" in path.read_text("utf-8"):
            assert path.parent.name in {"reports", "open311", "notify"}


def test_documents_made_from_the_code_are_current(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.argv", ["x", "--check"])
    assert (openapi.main(), events.main(), workflow.main()) == (0, 0, 0)


def test_every_public_event_change_is_compatible() -> None:
    old: dict[str, Any] = {
        "properties": {"a": {"type": "string"}, "b": {"type": "string"}},
        "required": ["a"],
    }
    assert events.breaks(old, {**old, "properties": {**old["properties"], "c": {}}}) == []
    assert events.breaks(old, {"properties": {"a": {"type": "integer"}}, "required": []})


def test_every_route_has_a_line_in_the_policy_and_every_line_a_route() -> None:
    from city.kernel.policy import RULES

    actions = set()
    for name, app in units.all_units().items():
        for route in app.declared:  # type: ignore[attr-defined]
            assert route.action in RULES, f"kernel/policy.py has no line for {route.action}"
            assert route.summary, f"{name}: {route.path} has no summary"
            actions.add(route.action)
    beside = {action for action in RULES if "/" in action}  # asked by services, not routes
    assert set(RULES) - beside == actions


def tracked() -> list[Path]:
    listed = subprocess.run(["git", "ls-files"], cwd=ROOT, capture_output=True, text=True).stdout  # noqa: S607
    return [ROOT / line for line in listed.splitlines() if (ROOT / line).is_file()]


def test_no_file_names_a_registry_host() -> None:
    hosts = [
        "pypi." + "org",
        "pythonhosted" + ".org",
        "registry.npmjs" + ".org",
        "deb.debian" + ".org",
    ]
    for path in tracked():
        if path.suffix in {".png", ".woff2", ".ico"}:
            continue
        text = path.read_text("utf-8", errors="replace")
        for host in hosts:
            assert host not in text, f"{path} names {host}"


def test_texts_are_in_both_languages() -> None:
    made = documents()
    for name in ("categories", "agencies", "routing"):
        for entry in made[name]:
            said = entry.get("name") or entry.get("text")
            assert said["vi"].strip()
            assert said["en"].strip()
