"""What a machine finds wrong with a manifest, and what only shape forbids."""

import json
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from city.contracts.manifest import AppManifest
from city.partners.checks import findings
from hypothesis import given
from hypothesis import strategies as st
from partners_world import DOCUMENTS, HOST, REFERENCE, RULES, manifest, told
from pydantic import ValidationError

from infra.build import partners as build
from infra.seed.load_partners import HOSTS, LIVE, REVIEWED, manifests

ROOT = Path(__file__).parents[3]
CLEAR = {
    "vi": "Gửi số phòng để nhân viên mang đồ tới cho bạn.",
    "en": "To send your room's number to the staff who bring it.",
}


def fields(live: AppManifest | None = None, **more: Any) -> list[str]:
    found = findings(manifest(**more), RULES, REFERENCE, [HOST], live, "0.1.0")
    assert all(one.vi and one.en for one in found)
    return [one.field for one in found]


def asks(*scopes: str, purpose: dict[str, str] | None = None) -> list[dict[str, Any]]:
    return [{"scope": scope, "purpose": purpose or CLEAR} for scope in scopes]


def test_nothing_is_wrong_with_a_good_one() -> None:
    assert fields() == []


@pytest.mark.parametrize(
    ("more", "field"),
    [
        ({"entry": "https://elsewhere.example/"}, "entry"),
        ({"entry": f"https://{HOST}.evil.example/"}, "entry"),
        ({"entry": "https://hiep-hoi.example/"}, "entry"),
        ({"sandbox_entry": "https://elsewhere.example/x"}, "sandbox_entry"),
        ({"icon": "rocket"}, "icon"),
        ({"roles": ["emperor"]}, "roles.0"),
        ({"roles": ["citizen", "citizen"]}, "roles.1"),
        ({"events": ["vn.hue.identity.session_ended.v1"]}, "events.0"),
        ({"permissions": asks("mind.read")}, "permissions.0.scope"),
        ({"permissions": asks("profile.name", "profile.name")}, "permissions.1.scope"),
        ({"min_host_version": "0.2.0"}, "min_host_version"),
        ({"retention_days": 366}, "retention_days"),
        ({"permissions": asks("profile.phone")}, "dpia"),
        ({"permissions": asks("profile.phone"), "dpia": "D-1", "retention_days": 91},
         "retention_days"),
    ],
)  # fmt: skip
def test_each_fault_is_named_by_its_field(more: dict[str, Any], field: str) -> None:
    assert fields(**more) == [field]


@pytest.mark.parametrize(
    "vi",
    ["Cần.", "để dùng", "Nâng cao chất lượng dịch vụ cho tất cả mọi người dân",
     "abc abc abc abc abc abc abc abc", "NÂNG CAO CHẤT LƯỢNG DỊCH VỤ của chúng tôi ngày nay"],
)  # fmt: skip
def test_a_purpose_that_says_nothing_is_refused(vi: str) -> None:
    asked = asks("profile.name", purpose={"vi": vi, "en": CLEAR["en"]})
    assert fields(permissions=asked) == ["permissions.0.purpose.vi"]


@pytest.mark.parametrize("entry", ["http://localhost:5173/", "http://127.0.0.1:8080/app", ""])
def test_a_trial_may_run_on_ones_own_machine(entry: str) -> None:
    assert fields(sandbox_entry=entry) == []


@pytest.mark.parametrize(
    "entry",
    [
        "http://app.hiep-hoi.example/", "https://user@app.hiep-hoi.example/",
        "https://app.hiep-hoi.example:8443/", "https://localhost/", "javascript:alert(1)",
        "https://app.hiep-hoi.example/#x", "https://APP.hiep-hoi.example/", "//x.example/",
        "https://app.hiep-hoi.example\\@evil.example/", "https://app..example/",
    ],
)  # fmt: skip
def test_what_is_no_plain_https_address_is_no_entry(entry: str) -> None:
    with pytest.raises(ValidationError):
        manifest(entry=entry)


@pytest.mark.parametrize(
    "more",
    [{"id": "Đặt bàn"}, {"id": "a"}, {"version": "1.0"}, {"version": "01.0.0"}, {"roles": []},
     {"retention_days": -1}, {"extra": 1}, {"name": {"vi": "Đặt bàn", "en": ""}}],
)  # fmt: skip
def test_shape_is_the_contracts_business(more: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        AppManifest.model_validate(told(**more))


numbers = st.tuples(*(st.integers(0, 300) for _ in range(3)))


@given(numbers, numbers)
def test_a_new_version_is_higher_number_by_number(
    live: tuple[int, int, int], new: tuple[int, int, int]
) -> None:
    was = manifest(version=".".join(map(str, live)))
    found = fields(live=was, version=".".join(map(str, new)))
    assert found == ([] if new > live else ["version"])


def test_events_that_partners_may_have_exist_and_roles_and_agencies_too() -> None:
    for name in RULES.events:
        _, _, unit, happened, version = name.split(".")
        assert (ROOT / f"events/{unit}/{happened}.{version}.schema.json").exists(), name
    assert [duty.kind for duty in RULES.duties] == ["legal", "security", "data_protection"]
    for duty in RULES.duties:
        assert REFERENCE.agency(duty.agency), duty.agency
    assert len({duty.agency for duty in RULES.duties}) == len(RULES.duties)
    icons = (ROOT / "frontend/src/lib/icons.ts").read_text("utf-8")
    for icon in RULES.limits.icons:
        assert f"icons/{icon}'" in icons, icon
    assert len(DOCUMENTS["terms"]) == 1


def test_made_up_apps_are_what_they_say() -> None:
    for name, made in manifests().items():
        assert "(ví dụ)" in made["name"]["vi"]
        assert REFERENCE.organisation(made["organisation"], RULES.terms[0].valid_from)
        one = AppManifest.model_validate(made)
        found = findings(one, RULES, REFERENCE, HOSTS[one.organisation], None, "0.1.0")
        wrong = [each.field for each in found]
        if name in (LIVE, REVIEWED):
            assert wrong == []
        else:
            assert wrong == [
                "entry", "permissions.0.purpose.vi", "permissions.0.purpose.en",
                "retention_days", "dpia",
            ]  # fmt: skip


def test_what_is_made_from_the_code_is_current(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.argv", ["x", "--check"])
    assert build.main() == 0


def test_the_schema_and_the_contract_judge_alike() -> None:
    schema = json.loads(build.SCHEMA.read_text("utf-8"))
    jsonschema.Draft202012Validator.check_schema(schema)
    judge = jsonschema.Draft202012Validator(schema)
    assert judge.is_valid(told())
    wrong: list[dict[str, Any]] = [
        {"entry": "http://x.example/"}, {"id": "A"}, {"roles": []}, {"extra": 1},
    ]  # fmt: skip
    for more in wrong:
        assert not judge.is_valid(told(**more))
