"""billers.json: whose bills can be paid, and how each behaves: `python -m infra.seed.make_billers`.

The bodies are real, their interfaces are not public: every trait is invented for the simulators and
marked so. `limit_class` follows Circular 40/2024/TT-NHNN art. 26: electricity, water, tuition and
hospital fees are listed as not counted in the monthly limit; sanitation is not on the list, and a
local (not national) public-service fee counts.
"""

from typing import Any

from infra.seed.writing import words, write

SINCE = "2026-01-01"
INVENTED = words(
    "Giao diện thật chưa công bố; đặc điểm này do trình mô phỏng đặt ra.",
    "The real interface is not public; these traits are the simulator's.",
)
DAY_S = 86_400


def biller(name: str, kind: str, vi: str, en: str, pattern: str, hint: str, examples: list[str],
           **traits: Any) -> dict[str, Any]:  # fmt: skip
    """One biller."""
    return {
        "id": name, "kind": kind, "name": words(vi, en), "valid_from": SINCE,
        "code_pattern": pattern,
        "code_hint": words(f"Mã khách hàng dạng {hint}", f"A customer code like {hint}"),
        "examples": examples, "pay_idempotent": True, "query": True, "limit_class": "exempt-listed",
        "statement_at": "02:00", "settlement_days": 1, "invented": True, "note": INVENTED,
        **traits,
    }  # fmt: skip


def invoices(name: str, kind: str, vi: str, en: str, pattern: str, hint: str, example: str,
             **more: Any) -> dict[str, Any]:  # fmt: skip
    """A body that issues invoices with an end."""
    return biller(
        name, kind, vi, en, pattern, hint, [example], callbacks=True, cancel_within_s=DAY_S,
        not_found_final_after_s=1800, absence_final_days=3, **more,
    )  # fmt: skip


def billers() -> list[dict[str, Any]]:
    """All of them."""
    return [
        biller(
            "evn", "electricity", "Điện lực Huế (mô phỏng)", "Huế electricity (simulator)",
            r"^PC03HH\d{7}$", "PC03HH0000001", ["PC03HH0000001", "PC03HH0000002"],
            closed={"start": "23:00", "end": "00:30"}, not_found_final_after_s=900,
            absence_final_days=2,
        ),
        biller(
            "huewaco", "water", "Cấp nước Huế (mô phỏng)", "Huế water supply (simulator)",
            r"^HW\d{8}$", "HW00000001", ["HW00000001", "HW00000002"],
            oldest_first=True, callbacks=True, not_found_final_after_s=DAY_S,
            absence_final_days=3,
        ),
        biller(
            "hepco", "sanitation", "Môi trường đô thị Huế (mô phỏng)",
            "Huế urban environment (simulator)", r"^HEP\d{6}$", "HEP000001",
            ["HEP000001", "HEP000002"],
            pay_idempotent=False, query=False, limit_class="counted", statement_at="06:00",
            settlement_days=2,
        ),
        invoices("dichvucong", "public_fee", "Phí, lệ phí dịch vụ công (mô phỏng)",
                 "Public-service fees (simulator)", r"^DVC\d{8}$", "DVC00000001", "DVC00000001",
                 limit_class="counted"),
        invoices("hocphi", "tuition", "Học phí (mô phỏng)", "Tuition (simulator)",
                 r"^HS\d{8}$", "HS00000001", "HS00000001",
                 part_least_vnd=100_000, over_most_vnd=1_000_000),
        invoices("vienphi", "hospital", "Viện phí (mô phỏng)", "Hospital fees (simulator)",
                 r"^BN\d{8}$", "BN00000001", "BN00000001"),
    ]  # fmt: skip


if __name__ == "__main__":
    write("billers.json", billers())
