"""Loading the unit `partners`: its documents, and three made-up apps of made-up organisations.

One is live (it opens a page of this site that says it is a demo), one is under review, one is a
draft. They are kept once; a later run changes none.
"""

import json
from contextlib import suppress
from datetime import timedelta
from typing import Any

from infra.seed.documents import version
from infra.seed.writing import DATA, words

NAMES = ("scopes", "events", "duties", "limits", "terms")
LIVE, REVIEWED, DRAFTED = "nha-vuon", "xe-dap-song-huong", "uu-dai-hoi-vien"
HOSTS = {
    "htx-nha-vuon": ("nha-vuon.example",),
    "cty-xe-dap": ("xe-dap.example",),
    "hiep-hoi-dn": ("ung-dung.hiep-hoi.example",),
}
DEMO_PAGE = "/demo-apps/nha-vuon.html"


def partner_documents() -> dict[str, Any]:
    """The documents by name."""
    return {n: json.loads((DATA / f"partners/{n}.json").read_text("utf-8")) for n in NAMES}


def manifests() -> dict[str, dict[str, Any]]:
    """What the made-up apps say of themselves."""
    support = {"answer_hours": 24, "available_percent": 99.0, "phone": "0234 000 0000"}
    return {
        LIVE: {
            "id": LIVE, "version": "1.0.0", "organisation": "htx-nha-vuon",
            "name": words("Nhà vườn Huế (ví dụ)", "Garden houses (example)"),
            "description": words(
                "Giờ mở cửa và món theo mùa của các nhà vườn Thủy Biều, do hợp tác xã tự cập nhật.",
                "Opening hours and what is in season at the garden houses of Thủy Biều.",
            ),
            "entry": "https://nha-vuon.example/", "icon": "house", "roles": ["everyone"],
            "permissions": [
                {
                    "scope": "location.ward",
                    "purpose": words(
                        "Xếp các nhà vườn cùng phường với bạn lên đầu danh sách.",
                        "To list the garden houses of the commune you are in first.",
                    ),
                }
            ],
            "retention_days": 0,
            "support": {**support, "email": "ho-tro@nha-vuon.example"},
        },
        REVIEWED: {
            "id": REVIEWED, "version": "0.9.0", "organisation": "cty-xe-dap",
            "name": words("Xe đạp Sông Hương (ví dụ)", "River bicycles (example)"),
            "description": words(
                "Thuê xe đạp công cộng dọc sông Hương: trạm còn xe, mở khoá, trả xe.",
                "Public bicycles along the river: where there are some, unlocking, giving back.",
            ),
            "entry": "https://xe-dap.example/app", "icon": "route",
            "roles": ["citizen", "tourist"],
            "permissions": [
                {
                    "scope": "location.exact",
                    "purpose": words(
                        "Chỉ đường tới trạm còn xe gần nhất khi bạn đang mở ứng dụng.",
                        "To lead you to the nearest station with a bicycle while the app is open.",
                    ),
                },
                {
                    "scope": "payment.intent",
                    "purpose": words(
                        "Gửi số tiền của chuyến xe để bạn xem và trả trong Hue-S.",
                        "To send the price of a ride, which you see and pay within Hue-S.",
                    ),
                },
            ],
            "events": ["vn.hue.alerts.alert_released.v1"],
            "retention_days": 90, "dpia": "DPIA-2026-014 (ví dụ)",
            "support": {**support, "email": "ho-tro@xe-dap.example"},
        },
        DRAFTED: {
            "id": DRAFTED, "version": "1.0.0", "organisation": "hiep-hoi-dn",
            "name": words("Ưu đãi hội viên (ví dụ)", "Member offers (example)"),
            "description": words(
                "Ưu đãi của doanh nghiệp hội viên cho người dân và du khách.",
                "Offers of member businesses to citizens and visitors.",
            ),
            "entry": "https://uu-dai.example/", "icon": "store",
            "roles": ["citizen", "tourist"],
            "permissions": [
                {
                    "scope": "profile.phone",
                    "purpose": words("Nâng cao chất lượng dịch vụ.", "To improve our services."),
                }
            ],
            "retention_days": 400,
            "support": {**support, "email": "ung-dung@hiep-hoi.example"},
        },
    }  # fmt: skip


def main() -> None:
    """Publish the documents if they changed; keep the apps once."""
    import city
    from city.adapters.reference import publish, reference
    from city.adapters.stores import outbox, table
    from city.adapters.table import Put, Row
    from city.kernel.clock import utc_now
    from city.partners.documents import from_documents
    from city.partners.office import PartnerOffice
    from city.partners.store import Partners

    held, made = table("partners"), partner_documents()
    current = held.get("REFERENCE", "CURRENT")
    if current is None or current.doc["version"] != version(made):
        publish(held, made, version(made))
    seeded = Row("SEEDED", version({"apps": manifests()}))
    if held.get(seeded.pk, seeded.sk) is None:
        out = outbox("partners")
        office = PartnerOffice(
            Partners(held, out),
            from_documents(made, version(made)),
            reference(),
            city.__version__,
            utc_now(),
        )
        seed(held, out, office)
        held.commit(Put(seeded))
    print(f"  partners {version(made)}: {len(manifests())} made-up apps", flush=True)


def seed(held: Any, out: Any, office: Any) -> None:
    """Keep the apps, the hosts of their organisations, and the live one's signature."""
    from city.adapters.table import CommitConflict, Put
    from city.contracts.manifest import AppManifest
    from city.partners.acting import changed_event
    from city.partners.model import (
        AllowedHosts,
        AppLogLine,
        AppRelease,
        AppReview,
        AppSignature,
        PartnerApp,
    )
    from city.partners.store import added, hosts, signed
    from city.partners.workflow import AppState

    now, by = office.now, "seed"
    for organisation, allowed in HOSTS.items():
        held.commit(Put(hosts(organisation, AllowedHosts(hosts=allowed, by=by, at=now))))
    terms = office.terms
    signature = AppSignature(
        version=terms.version, sha256=terms.sha256, signatory="Trần Thị Ví Dụ",
        position="Giám đốc hợp tác xã", by=by, at=now,
    )  # fmt: skip
    held.commit(Put(signed("htx-nha-vuon", signature)))
    states = {LIVE: AppState.LIVE, REVIEWED: AppState.SUBMITTED, DRAFTED: AppState.DRAFT}
    since = {LIVE: timedelta(days=20), REVIEWED: timedelta(days=2), DRAFTED: timedelta(hours=3)}

    def review(kind: Any) -> AppReview:
        return AppReview(kind=kind, by=by, passed=True, reason="Đạt (dữ liệu mẫu).", at=now)

    for name, manifest in manifests().items():
        at, state = now - since[name], states[name]
        given = {LIVE: ("legal", "security", "data_protection"), REVIEWED: ("legal",), DRAFTED: ()}
        release = AppRelease(
            number=1, manifest=AppManifest.model_validate(manifest), state=state, since=at,
            submitted_at=None if state is AppState.DRAFT else at,
            reviews=tuple(review(kind) for kind in given[name]),
            approved_at=at if state is AppState.LIVE else None,
        )  # fmt: skip
        live = state is AppState.LIVE
        app = PartnerApp(
            id=name, organisation=manifest["organisation"], created_at=at,
            current=release if live else None, coming=None if live else release,
            demo_page=DEMO_PAGE if live else "",
        )  # fmt: skip
        line = AppLogLine(at=at, by=by, part="demo", action="draft", number=1, state=state)
        events = [changed_event(office, app, release, shown=True)] if live else []
        with suppress(CommitConflict):  # an earlier run ended half-way
            out.commit(added(app, line), events)
