"""One's own code for receiving: what is in it, where it leads, and what it gives away."""

import pytest
from city.bank.vietqr import Service, read
from city.kernel.problems import Invalid, TooMany
from city.ledger.problems import NoWallet, PayeeClosed
from city.wallet import moving, opening, receiving
from city.wallet.desk import own_wallet
from city.wallet.shapes import NewTransfer, ReceivingCode, ReceivingQuery, Wanted
from wallet_world import Town, person

NAME, PHONE = "Nguyễn Thị Lan", "+84901234567"


@pytest.fixture
def town() -> Town:
    made = Town()
    made.open(person("lan", town=made), NAME, PHONE)
    made.open(person("minh", town=made), "Trần Văn Minh")
    return made


def code(town: Town, **asked: object) -> ReceivingCode:
    query = ReceivingQuery.model_validate(asked)
    return receiving.code(town.desk, query, person("lan", town=town))


def test_a_code_leads_to_the_wallet_by_a_masked_name_and_is_paid(town: Town) -> None:
    minh = person("minh", stepped_up=True, town=town)
    town.top_up(minh, 100_000)
    shown = code(town, amount_vnd=45_000, memo="Tiền trà")
    says = read(shown.payload)
    assert (says.account, says.amount_vnd) == (shown.alias, 45_000)
    assert (says.service, says.bank_bin, says.dynamic) == (Service.ACCOUNT, "999946", False)
    assert says.purpose == "Tien tra" and shown.svg.startswith("<svg")
    found = moving.recipient(town.desk, Wanted(alias=says.account), minh)
    assert found.name == shown.seen_as == "N••••• T•• Lan"
    body = NewTransfer(to_wallet=found.wallet_id, amount_vnd=45_000)
    paid = moving.transfer(town.desk, body, minh, town.key())
    assert paid.state == "CAPTURED" and paid.other == "N••••• T•• Lan"
    town.agree()


def test_a_code_gives_no_name_number_or_wallet_away(town: Town) -> None:
    shown = code(town)
    wallet = opening.view(town.desk, own_wallet(town.desk, person("lan", town=town)))
    for secret in ("Lan", "LAN", "Nguyen", PHONE[1:], PHONE[3:], wallet.id, wallet.id[-14:]):
        assert secret not in shown.payload
    assert not read(shown.payload).name
    assert code(town).alias == shown.alias, "what hangs on a wall stays good"


def test_a_new_code_makes_the_old_one_worthless(town: Town) -> None:
    lan, minh = person("lan", town=town), person("minh", town=town)
    old = code(town).alias
    new = receiving.renew(town.desk, lan).alias
    assert new != old and code(town).alias == new
    with pytest.raises(NoWallet):
        moving.recipient(town.desk, Wanted(alias=old), minh)
    assert moving.recipient(town.desk, Wanted(alias=new), minh).name


def test_look_ups_by_code_are_counted_and_ask_for_one_thing(town: Town) -> None:
    minh = person("minh", town=town)
    with pytest.raises(Invalid):
        moving.recipient(town.desk, Wanted(alias="HV1", phone=PHONE), minh)
    asked = Wanted(alias=code(town).alias)
    for _ in range(30):
        moving.recipient(town.desk, asked, minh)
    with pytest.raises(TooMany):
        moving.recipient(town.desk, asked, minh)


def test_who_is_forgotten_or_closed_is_not_found_by_a_code(town: Town) -> None:
    lan, minh = person("lan", town=town), person("minh", town=town)
    alias = code(town).alias
    opening.erase(town.desk, "lan")
    with pytest.raises(NoWallet):
        moving.recipient(town.desk, Wanted(alias=alias), minh)
    opening.close_own(town.desk, lan)
    with pytest.raises(PayeeClosed):
        code(town)
