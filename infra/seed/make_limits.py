"""limits.json, the legal limits of wallets as dated rows: `python -m infra.seed.make_limits`.

`confirmed` says whether the row's wording was read in a published text. What was not is marked so,
in the data and wherever it is shown; a lawyer's reading comes before any real money.
"""

from typing import Any

from infra.seed.writing import write

CIRCULAR = "Thông tư 40/2024/TT-NHNN, Điều 26"
DECISION = "Quyết định 2345/QĐ-NHNN"
MONTH_VND, SINGLE_VND, DAY_VND = 100_000_000, 10_000_000, 20_000_000


def limits() -> dict[str, list[dict[str, Any]]]:
    """All rows."""
    return {
        "ceilings": [
            {
                "id": "wallet-month",
                "limit_class": "counted",
                "period": "month",
                "most_vnd": MONTH_VND,
                "name": {"vi": "ví trong tháng", "en": "the wallet a month"},
                "valid_from": "2024-07-17",
                "document": CIRCULAR,
                "confirmed": True,
            },
            {
                # Not counted by law, but the provider must set a cap, no greater than that above.
                "id": "listed-month",
                "limit_class": "exempt-listed",
                "period": "month",
                "most_vnd": MONTH_VND,
                "name": {
                    "vi": "khoản được loại trừ trong tháng (mức do nhà cung cấp đặt)",
                    "en": "exempt payments a month (the provider's own cap)",
                },
                "valid_from": "2024-07-17",
                "document": f"{CIRCULAR}: tổ chức cung ứng tự quy định mức"
                " / Circular 40/2024/TT-NHNN, Article 26: the provider sets the amount",
                "confirmed": False,
            },
        ],
        "step_ups": [
            {
                "id": "transfer",
                "kinds": ["transfer", "cash_out"],
                "single_vnd": SINGLE_VND,
                "day_vnd": DAY_VND,
                "new_device": True,
                "valid_from": "2024-07-01",
                "document": DECISION,
                "confirmed": True,
            },
            {
                "id": "top-up",
                "kinds": ["top_up"],
                "single_vnd": SINGLE_VND,
                "day_vnd": DAY_VND,
                "new_device": False,
                "valid_from": "2024-07-01",
                "document": DECISION,
                "confirmed": True,
            },
            {
                # Goods and bills are another group; its figures were not found in print.
                "id": "payment",
                "kinds": ["bill", "merchant"],
                "single_vnd": MONTH_VND,
                "day_vnd": MONTH_VND,
                "new_device": False,
                "valid_from": "2024-07-01",
                "document": f"{DECISION}, Phụ lục",
                "confirmed": False,
            },
        ],
    }  # fmt: skip


if __name__ == "__main__":
    write("limits.json", limits())
