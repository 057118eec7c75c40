"""Becoming an acceptance point, those behind its counter, its codes, and what a scan tells."""

from datetime import date, timedelta
from typing import Any

import pytest
from city.adapters.acts import RECORDS
from city.adapters.table import CommitConflict
from city.adapters.table_memory import MemoryTable
from city.bank.vietqr import Service, VietQr, read, write
from city.contracts.merchants import MerchantAnswered
from city.kernel.page import PageQuery
from city.kernel.problems import Conflict, Forbidden, Invalid, NotFound
from city.merchants import joining, privacy, scanning, staff, views
from city.merchants.fees import FeeRule, Rules
from city.merchants.model import (
    CodeOver,
    NotPayable,
    Part,
    Payout,
    QuoteOver,
    State,
    UnreadableCode,
    WrongInvitation,
    WrongStep,
)
from city.merchants.shapes import (
    Desk,
    Join,
    Listing,
    NewCode,
    NewInvitation,
    NewPayout,
    NewTill,
    Step,
    TillQuery,
    Verdict,
)
from city.notify import merchants as notices
from hypothesis import given
from hypothesis import strategies as st
from merchants_world import BOSS, HUY, LAN, MINH, RULES, SHOP, Street, city


@pytest.fixture
def street() -> Street:
    return Street()


def go(street: Street, shop: Desk, to: Any, who: Any = BOSS) -> Desk:
    return joining.step(street.office(), shop.id, Step(to=to), who)


def test_an_application_waits_and_is_answered(street: Street) -> None:
    asked = joining.apply(street.office(), SHOP, HUY)
    assert asked.state is State.APPLIED
    waiting = joining.applications(street.office(), PageQuery()).items
    assert [each.id for each in waiting] == [asked.id]
    with pytest.raises(NotFound):
        views.show(street.office(), asked.id)
    opened = joining.decide(street.office(), asked.id, Verdict(accept=True), BOSS)
    assert opened.state is State.ACTIVE
    assert joining.applications(street.office(), PageQuery()).items == []
    assert views.show(street.office(), asked.id).name == SHOP.name
    listed = views.listing(street.office(), Listing(ward="w1")).items
    assert [each.id for each in listed] == [asked.id]
    assert views.listing(street.office(), Listing(ward="w2")).items == []
    with pytest.raises(WrongStep):
        joining.decide(street.office(), asked.id, Verdict(accept=False, reason="…"), BOSS)
    changed = [e.data["state"] for e in street.bus.events if "owner" not in e.data]
    assert changed == ["applied", "active"]


def test_the_owner_reads_the_answer_once(street: Street) -> None:
    asked = joining.apply(street.office(), SHOP, HUY)
    verdict = Verdict(accept=False, reason="Thiếu giấy phép")
    joining.decide(street.office(), asked.id, verdict, BOSS)
    said = [e for e in street.bus.events if e.type.endswith("merchant_answered.v1")]
    assert [(e.data["owner"], e.data["state"]) for e in said] == [("huy", "rejected")]
    box = MemoryTable()
    told = MerchantAnswered.model_validate(said[0].data)
    assert [notices.tell(box, told, said[0].id) for _ in range(2)] == [True, False]
    rows, _ = box.query("INBOX#huy")
    assert rows[0].doc["title"]["vi"] == f"Chưa chấp nhận {SHOP.name}"
    assert rows[0].doc["body"]["vi"] == "Thiếu giấy phép"
    assert rows[0].doc["link"] == f"/me/shop?id={asked.id}"


def test_who_closes_their_own_is_not_told(street: Street) -> None:
    asked = joining.apply(street.office(), SHOP, HUY)
    go(street, asked, "closed", HUY)
    assert not [e for e in street.bus.events if e.type.endswith("merchant_answered.v1")]


def test_an_application_chooses_from_what_there_is(street: Street) -> None:
    told = views.choices(street.office())
    assert SHOP.category in {each.code for each in told.kinds}
    assert SHOP.payout.bank_bin in {each.bank_bin for each in told.banks}


def test_a_refusal_needs_a_reason_and_nobody_answers_their_own(street: Street) -> None:
    asked = joining.apply(street.office(), SHOP, HUY)
    with pytest.raises(Invalid):
        joining.decide(street.office(), asked.id, Verdict(accept=False), BOSS)
    both = HUY.model_copy(update={"roles": HUY.roles | BOSS.roles})
    with pytest.raises(Forbidden):
        joining.decide(street.office(), asked.id, Verdict(accept=True), both)
    verdict = Verdict(accept=False, reason="Thiếu giấy phép")
    refused = joining.decide(street.office(), asked.id, verdict, BOSS)
    assert refused.state is State.REJECTED and refused.reason == "Thiếu giấy phép"


@pytest.mark.parametrize(
    "wrong",
    [
        {"category": "0000"},
        {"ward": "nowhere"},
        {"organisation": "somebody-elses"},
        {"payout": Payout(bank_bin="111111", account="12345", holder="AB")},
    ],
)
def test_what_the_city_does_not_know_is_refused(street: Street, wrong: dict[str, Any]) -> None:
    with pytest.raises(Invalid):
        joining.apply(street.office(), SHOP.model_copy(update=wrong), HUY)


def test_the_steps_of_a_life(street: Street) -> None:
    shop = street.shop()
    with pytest.raises(WrongStep):  # the owner may not suspend
        go(street, shop, "suspended", HUY)
    with pytest.raises(NotFound):
        go(street, shop, "closed", LAN)
    assert go(street, shop, "suspended").state is State.SUSPENDED
    assert views.listing(street.office(), Listing()).items == []
    with pytest.raises(NotPayable):
        street.code(shop)
    assert go(street, shop, "active").state is State.ACTIVE
    assert go(street, shop, "closed", HUY).state is State.CLOSED
    with pytest.raises(WrongStep):
        go(street, shop, "active")


def decided(street: Street, account: str) -> list[tuple[str, str, str]]:
    """What an administrator decided, oldest first: about, step, words."""
    told = privacy.export(street.office(), account).get("acts", [])
    return [(one["case"], one["action"], one.get("words", "")) for one in reversed(told)]


def test_who_let_a_shop_open_is_told_and_never_erased(street: Street) -> None:
    shop = street.shop()
    street.wait(hours=1)
    step = Step(to="suspended", reason="Thiếu giấy phép")
    joining.step(street.office(), shop.id, step, BOSS)
    go(street, shop, "closed", HUY)
    assert decided(street, "boss") == [
        (shop.id, "applied to active", ""),
        (shop.id, "active to suspended", "Thiếu giấy phép"),
    ]
    assert decided(street, "huy") == []  # one's own shop
    assert "boss" not in str(privacy.export(street.office(), "huy"))
    gone = privacy.erase(street.office(), "boss")
    assert (gone.items, gone.kept_by_law) == (0, RECORDS)
    assert len(decided(street, "boss")) == 2
    both = HUY.model_copy(update={"roles": HUY.roles | BOSS.roles})
    other = street.shop(owner=LAN)
    go(street, other, "suspended", both)
    assert set(privacy.export(street.office(), "huy")) == {"places", "owned", "acts"}
    assert privacy.erase(street.office(), "huy").kept_by_law == f"{privacy.LAW}; {RECORDS}"


def test_a_decision_that_came_too_late_is_nobodys_act(
    street: Street, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = joining.apply(street.office(), SHOP, HUY)

    def beaten(*_: object) -> None:
        raise CommitConflict([0])

    with monkeypatch.context() as busy:
        busy.setattr(street.table, "commit", beaten)
        with pytest.raises(Conflict):
            joining.decide(street.office(), asked.id, Verdict(accept=True), BOSS)
    assert decided(street, "boss") == []


def test_an_invitation_lets_one_person_in(street: Street) -> None:
    shop = street.shop()
    made = staff.invite(street.office(), shop.id, NewInvitation(part="cashier"), HUY)
    desk = staff.join(street.office(), Join(code=made.code), LAN)
    assert desk.part is Part.CASHIER
    with pytest.raises(WrongInvitation):
        staff.join(street.office(), Join(code=made.code), MINH)
    with pytest.raises(Forbidden):  # a cashier invites nobody
        staff.invite(street.office(), shop.id, NewInvitation(part="cashier"), LAN)
    with pytest.raises(NotFound):  # a stranger learns nothing
        staff.desk_of(street.office(), shop.id, MINH)
    late = staff.invite(street.office(), shop.id, NewInvitation(part="manager"), HUY)
    street.wait(hours=24)
    with pytest.raises(WrongInvitation):
        staff.join(street.office(), Join(code=late.code), MINH)


def test_who_leaves(street: Street) -> None:
    shop = street.shop()
    for who in (LAN, MINH):
        made = staff.invite(street.office(), shop.id, NewInvitation(part="cashier"), HUY)
        staff.join(street.office(), Join(code=made.code), who)
    with pytest.raises(Forbidden):
        staff.leave(street.office(), shop.id, "minh", LAN)
    with pytest.raises(Forbidden):  # the owner stays
        staff.leave(street.office(), shop.id, "huy", HUY)
    staff.leave(street.office(), shop.id, "lan", LAN)
    staff.leave(street.office(), shop.id, "minh", HUY)
    assert views.mine(street.office(), LAN).items == []
    assert [m.user for m in staff.desk_of(street.office(), shop.id, HUY).members] == ["huy"]


def test_tills_have_their_own_codes(street: Street) -> None:
    shop = street.shop()
    staff.add_till(street.office(), shop.id, NewTill(id="A2", label="Tầng 2"), HUY)
    hung = scanning.wall_code(street.scanner(), shop.id, TillQuery(till="A2"), HUY)
    says = read(hung.payload)
    assert (says.account, says.terminal, says.name, says.dynamic) == (
        shop.id, "A2", "Bun bo Hoa Sen", False,
    )  # fmt: skip
    assert hung.svg.startswith("<svg")
    with pytest.raises(NotFound):
        scanning.wall_code(street.scanner(), shop.id, TillQuery(till="Z9"), HUY)
    with pytest.raises(NotFound):
        scanning.wall_code(street.scanner(), shop.id, TillQuery(), LAN)


def test_a_payout_account_is_changed_by_the_owner_only(street: Street) -> None:
    shop = street.shop()
    new = NewPayout(payout=Payout(bank_bin="970415", account="99998888", holder="HUY"))
    with pytest.raises(NotFound):
        joining.change_payout(street.office(), shop.id, new, LAN)
    stepped = HUY.model_copy(update={"stepped_up_until": street.now.replace(year=2027)})
    changed = joining.change_payout(street.office(), shop.id, new, stepped)
    assert (changed.bank, changed.account) == ("VietinBank", "••••8888")


def test_a_scan_of_ours_shows_name_and_amount_and_gives_a_quote(street: Street) -> None:
    shop = street.shop()
    seen = street.read(street.code(shop).payload)
    assert (seen.kind, seen.merchant, seen.name) == ("ours", shop.id, SHOP.name)
    assert (seen.amount_vnd, seen.reference) == (45_000, "B12")
    assert (seen.bank, seen.account) == ("Vietcombank", "••••••6789")
    assert seen.quote is not None
    quote = scanning.quoted(street.scanner(), seen.quote, LAN)
    assert scanning.priced(quote, None) == scanning.priced(quote, 45_000) == 45_000
    with pytest.raises(Invalid):
        scanning.priced(quote, 44_000)


def test_a_quote_is_one_persons_for_ten_minutes(street: Street) -> None:
    quote = street.read(street.code(street.shop()).payload).quote or ""
    for sealed in ("", "zz", "00", quote[:-2], quote[:-2] + "00"):
        with pytest.raises(QuoteOver):
            scanning.quoted(street.scanner(), sealed, LAN)
    with pytest.raises(QuoteOver):
        scanning.quoted(street.scanner(), quote, MINH)
    shown = scanning.quoted(street.scanner(), quote, LAN)
    assert shown.expires_at == street.now + timedelta(minutes=10)


def test_a_wall_code_asks_how_much(street: Street) -> None:
    hung = scanning.wall_code(street.scanner(), street.shop().id, TillQuery(), HUY)
    quote = scanning.quoted(street.scanner(), street.read(hung.payload).quote or "", LAN)
    assert scanning.priced(quote, 30_000) == 30_000
    with pytest.raises(Invalid):
        scanning.priced(quote, None)


def test_a_code_for_one_payment_dies_in_a_quarter_of_an_hour(street: Street) -> None:
    shop = street.shop()
    made = street.code(shop)
    street.wait(minutes=15)
    with pytest.raises(CodeOver):
        street.read(made.payload)
    shown = scanning.show_code(street.scanner(), shop.id, made.id or "", HUY)
    assert shown.state == "expired"
    other = street.shop()
    with pytest.raises(NotFound):
        scanning.show_code(street.scanner(), other.id, made.id or "", HUY)


def test_an_altered_amount_or_payee_is_no_code_of_ours(street: Street) -> None:
    shop, other = street.shop(), street.shop()
    made = read(street.code(shop).payload)
    for change in ({"amount_vnd": 1_000}, {"account": other.id}, {"amount_vnd": None}):
        with pytest.raises(UnreadableCode) as error:
            street.read(write(made.model_copy(update=change)))
        assert error.value.extra["reason"] == "unknown"
    with pytest.raises(CodeOver):
        street.read(write(made.model_copy(update={"bill": "Q0000"})))
    with pytest.raises(UnreadableCode):
        street.read(write(made.model_copy(update={"account": "HM00000000"})))
    with pytest.raises(UnreadableCode):
        street.read(write(made.model_copy(update={"service": Service.ACCOUNT})))
    with pytest.raises(UnreadableCode) as error:
        street.read(write(made)[:-4] + "0000")
    assert error.value.extra["reason"] == "checksum"


def test_a_foreign_code_is_shown_and_cannot_be_paid(street: Street) -> None:
    text = write(VietQr(bank_bin="970415", account="0011001932418", service=Service.ACCOUNT,
                        amount_vnd=120_000, dynamic=True, purpose="ung ho lu lut"))  # fmt: skip
    seen = street.read(text)
    assert (seen.kind, seen.bank, seen.account) == ("foreign", "VietinBank", "0011001932418")
    assert (seen.amount_vnd, seen.purpose, seen.quote) == (120_000, "ung ho lu lut", None)


def test_somebodys_own_code_is_the_wallets_to_look_up(street: Street) -> None:
    text = write(VietQr(bank_bin="999946", account="HV00000000000042", service=Service.ACCOUNT,
                        amount_vnd=45_000, name="KE GIA DANH"))  # fmt: skip
    seen = street.read(text)
    assert (seen.kind, seen.account, seen.amount_vnd) == ("wallet", "HV00000000000042", 45_000)
    assert (seen.name, seen.quote) == ("", None), "what the code says of a name is nobody's word"


@pytest.mark.parametrize("amount", [0, 999, -1, 1.0, True, "45000", 10**12 + 1, 1e3])
def test_amounts_are_whole_dong(amount: Any) -> None:
    with pytest.raises(ValueError, match="amount_vnd"):
        NewCode(amount_vnd=amount)


@given(st.integers(1, 10**9), st.lists(st.integers(1, 10**8), max_size=6))
def test_fees_of_a_sale_and_its_refunds_add_up_to_the_fee_of_the_rest(
    amount: int, refunds: list[int]
) -> None:
    rule = FeeRule(rate_bp=50, max_vnd=20_000, source="test")
    kept, fees = amount, rule.of(amount)
    for each in refunds:
        refund = min(each, kept)
        fees -= rule.back(kept, refund)
        kept -= refund
        assert 0 <= fees == rule.of(kept) <= kept


def test_rules_are_dated_and_of_a_kind() -> None:
    rules = Rules.of(city())
    assert rules.fee("5812", date(2026, 11, 1)).rate_bp == 50
    assert rules.fee("5541", date(2026, 11, 1)).rate_bp == 20
    assert rules.fee("5812", date(2026, 11, 1)).of(10**9) == 20_000
    assert not any(rule["confirmed"] for rule in RULES["fees"])
    with pytest.raises(LookupError):
        rules.fee("5812", date(2025, 12, 31))
    assert rules.refund(date(2026, 11, 1)).approval_over_vnd == 500_000
