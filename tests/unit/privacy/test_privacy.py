"""Consents act at once; requests gather every holder once; deadlines run; nobody else looks in."""

import random
from contextlib import suppress
from typing import Literal

import pytest
from city.adapters.holder import Erased, handle
from city.adapters.outbox import Outbox
from city.contracts.privacy import DataSeen, PersonalDataRequested
from city.contracts.sla import ClockEscalated
from city.kernel.page import PageQuery
from city.kernel.problems import Invalid, NotFound
from city.privacy import service
from city.privacy.model import (
    AlreadyDecided,
    NewConsent,
    NewRequest,
    NotByConsent,
    NotReady,
    OfficersQuery,
    Ruling,
    StillOpen,
)
from hypothesis import given, settings
from hypothesis import strategies as st
from mortal import Died, MortalTable
from privacy_world import LAN, OFFICER, Registry

OTHER = LAN.model_copy(update={"user_id": "minh"})


@pytest.fixture
def registry() -> Registry:
    return Registry()


def test_a_consent_is_a_receipt_and_ends_at_once(registry: Registry) -> None:
    body = NewConsent(purpose="health_record", version="1.0")
    given_ = service.consent(registry.bureau(), body, LAN)
    again = service.consent(registry.bureau(), body, LAN)
    assert again.id == given_.id
    assert service.consented(registry.bureau(), "lan", "health_record")
    registry.wait(minutes=1)
    after = service.withdraw(registry.bureau(), given_.id, "lan")
    assert after.withdrawn_at == registry.now
    assert not service.consented(registry.bureau(), "lan", "health_record")
    assert [e["state"] for e in registry.said("consent_changed")] == ["given", "withdrawn"]
    assert service.withdraw(registry.bureau(), given_.id, "lan").withdrawn_at == registry.now
    fresh = service.consent(registry.bureau(), body, LAN)
    assert fresh.id != given_.id
    assert [e["seq"] for e in registry.said("consent_changed")] == [1, 2, 3]
    with pytest.raises(NotFound):
        service.withdraw(registry.bureau(), fresh.id, "minh")


def test_what_does_not_rest_on_consent_cannot_be_consented_to(registry: Registry) -> None:
    with pytest.raises(NotByConsent):
        service.consent(registry.bureau(), NewConsent(purpose="field_reports", version="1.0"), LAN)
    with pytest.raises(Invalid):
        service.consent(registry.bureau(), NewConsent(purpose="nothing", version="1.0"), LAN)
    with pytest.raises(Invalid):
        service.consent(registry.bureau(), NewConsent(purpose="wallet", version="0.9"), LAN)


def seen(n: int, registry: Registry) -> DataSeen:
    return DataSeen(
        seen_id=f"s{n}", subject="lan", by="officer-7", by_role="ioc_operator", by_unit="ioc",
        what="reporter", purpose="verification", case="PA-1", at=registry.now,
    )  # fmt: skip


def test_who_looked_is_told_once_and_without_the_officers_name(registry: Registry) -> None:
    first = seen(1, registry)
    registry.wait(minutes=1)
    for each in (first, first, seen(2, registry)):
        registry.bureau().privacy.saw(each)
    page = service.access_log(registry.bureau(), PageQuery(limit=1), LAN)
    assert len(page.items) == 1
    rest = service.access_log(registry.bureau(), PageQuery(cursor=page.next_cursor), LAN)
    assert len(rest.items) == 1
    assert "officer-7" not in page.model_dump_json() + rest.model_dump_json()
    assert service.access_log(registry.bureau(), PageQuery(), OTHER).items == []


@given(st.randoms(use_true_random=False), st.integers(1, 4))
@settings(max_examples=40, deadline=None)
def test_every_holder_counts_once_in_any_order(order: random.Random, times: int) -> None:
    registry = Registry()
    asked = service.ask(registry.bureau(), NewRequest(kind="export"), LAN)
    answers = [registry.answer(asked.id, h) for h in registry.bureau().holders] * times
    order.shuffle(answers)
    completed = [service.handled(registry.bureau(), a) for a in answers]
    assert completed.count(True) == 1
    record = service.own(registry.bureau(), asked.id, LAN)
    assert record.state == "done"
    assert all(p.items == 1 for p in record.parts)
    clocks = registry.said("clocks_told")
    assert [c["status"] for c in clocks[-1]["clocks"]] == ["stopped", "stopped"]  # type: ignore[attr-defined]


def test_an_export_is_one_document_for_its_person_for_a_week(registry: Registry) -> None:
    asked = service.ask(registry.bureau(), NewRequest(kind="export"), LAN)
    with pytest.raises(StillOpen):
        service.ask(registry.bureau(), NewRequest(kind="export"), LAN)
    with pytest.raises(NotReady):
        service.file(registry.bureau(), asked.id, LAN)
    for holder in registry.bureau().holders:
        registry.parts.write(asked.id, holder, {"things": [holder]})
        service.handled(registry.bureau(), registry.answer(asked.id, holder))
    made = service.file(registry.bureau(), asked.id, LAN)
    assert set(made["data"]) == set(registry.bureau().holders)
    with pytest.raises(NotFound):
        service.file(registry.bureau(), asked.id, OTHER)
    registry.wait(days=8)
    with pytest.raises(NotReady):
        service.file(registry.bureau(), asked.id, LAN)
    service.ask(registry.bureau(), NewRequest(kind="export"), LAN)


def test_deadlines_are_data_and_run_on_the_shared_clocks(registry: Registry) -> None:
    asked = service.ask(registry.bureau(), NewRequest(kind="erase"), LAN)
    assert (asked.due_at - asked.created_at).days == 20
    assert asked.deadline.unconfirmed
    told = registry.said("clocks_told")[0]
    assert told["case_id"] == asked.id
    assert [c["status"] for c in told["clocks"]] == ["stopped", "running"]  # type: ignore[attr-defined]

    def escalated(case: str, rung: Literal["warn_80", "due"]) -> ClockEscalated:
        return ClockEscalated(
            case_id=case, assignment_no=2, agency_id="privacy-office", lead=True, rung=rung,
            due_at=asked.due_at, at=registry.now,
        )  # fmt: skip

    assert not service.late(registry.bureau(), escalated("01ARZ3NDEKTSV4RRFFQ69G5FAV", "due"))
    assert not service.late(registry.bureau(), escalated(asked.id, "warn_80"))
    assert service.late(registry.bureau(), escalated(asked.id, "due"))
    assert not service.late(registry.bureau(), escalated(asked.id, "due"))
    assert service.own(registry.bureau(), asked.id, LAN).late


def test_a_holder_that_is_silent_is_asked_again(registry: Registry) -> None:
    asked = service.ask(registry.bureau(), NewRequest(kind="export"), LAN)
    assert service.chase(registry.bureau()) == 0
    registry.wait(hours=1)
    assert service.chase(registry.bureau()) == 1
    assert service.chase(registry.bureau()) == 0
    assert len(registry.said("personal_data_requested")) == 2
    for holder in registry.bureau().holders:
        service.handled(registry.bureau(), registry.answer(asked.id, holder))
    registry.wait(hours=2)
    assert service.chase(registry.bureau()) == 0


def test_a_correction_is_decided_by_an_officer_who_is_seen_to_look(registry: Registry) -> None:
    with pytest.raises(Invalid):
        service.ask(registry.bureau(), NewRequest(kind="rectify", text="sai"), LAN)
    asked = service.ask(
        registry.bureau(), NewRequest(kind="rectify", text="Ngày sinh của tôi bị sai."), LAN
    )
    looked: list[DataSeen] = []
    page = service.officers(registry.bureau(), OfficersQuery(), OFFICER, looked.append)
    assert page.items[0].id == asked.id
    assert [s.subject for s in looked] == ["lan"]
    ruling = Ruling(accept=True, note="Đã đối chiếu giấy tờ")
    with pytest.raises(Invalid):
        service.rule(registry.bureau(), asked.id, ruling, LAN)
    assert service.rule(registry.bureau(), asked.id, ruling, OFFICER).state == "done"
    with pytest.raises(AlreadyDecided):
        service.rule(registry.bureau(), asked.id, ruling, OFFICER)


@pytest.mark.parametrize("when", ["before", "after"])
@pytest.mark.parametrize("k", range(1, 5))
def test_a_death_while_asking_or_answering_loses_nothing(
    registry: Registry, k: int, when: Literal["before", "after"]
) -> None:
    inner = registry.table
    registry.table = MortalTable(inner, k, when)
    with suppress(Died):
        asked = service.ask(registry.bureau(), NewRequest(kind="export"), LAN)
        service.handled(registry.bureau(), registry.answer(asked.id, "identity"))
    registry.table = inner
    registry.wait(minutes=2)
    Outbox(inner, registry.bus).relay(registry.now)
    held = registry.bureau().privacy.requests_of("lan")
    if not held:
        service.ask(registry.bureau(), NewRequest(kind="export"), LAN)
        held = registry.bureau().privacy.requests_of("lan")
    for holder in registry.bureau().holders:
        service.handled(registry.bureau(), registry.answer(held[0].id, holder))
    assert service.own(registry.bureau(), held[0].id, LAN).state == "done"
    assert registry.said("personal_data_requested")


def test_a_holder_writes_its_part_once_however_often_it_is_asked(registry: Registry) -> None:
    asked = PersonalDataRequested(request_id="r1", subject="lan", kind="export", at=registry.now)
    outbox = Outbox(registry.table, registry.bus)
    for _ in range(2):
        handle(
            asked, "notify", export=lambda s: {"inbox": [1, 2], "none": []},
            erase=lambda s: Erased(0), parts=registry.parts, outbox=outbox,
        )  # fmt: skip
    assert registry.parts.read("r1", "notify") == {"inbox": [1, 2], "none": []}
    told = [e for e in registry.bus.events if e.type.endswith("personal_data_handled.v1")]
    assert len({e.id for e in told}) == 1
    assert told[0].data["items"] == 2
    erase = asked.model_copy(update={"kind": "erase"})
    kept = Erased(3, "Luật")
    handle(
        erase, "notify", export=lambda s: {}, erase=lambda s: kept, parts=registry.parts,
        outbox=outbox,
    )  # fmt: skip
    assert registry.bus.events[-1].data["outcome"] == "kept_by_law"


def test_retention_is_announced_once_a_day(registry: Registry) -> None:
    first = service.retain(registry.bureau())
    assert [e.holder for _, e, _ in first] == ["reports"]  # type: ignore[attr-defined]
    assert first[0][0] == service.retain(registry.bureau())[0][0]


def test_erasing_withdraws_and_keeps_the_proof(registry: Registry) -> None:
    service.consent(registry.bureau(), NewConsent(purpose="wallet", version="1.0"), LAN)
    gone = service.erase(registry.bureau(), "lan")
    assert gone.items == 1
    assert gone.kept_by_law
    assert not service.consented(registry.bureau(), "lan", "wallet")
    assert service.erase(registry.bureau(), "lan").items == 0
