"""What the unit holds of a person with an account: what they did as an officer.

A plate is not bound to an account here, so that whose it is the unit cannot say; whoever asks
about their own vehicle is answered through the police, who hold the register.
"""

from typing import Any

from city.adapters.holder import Erased
from city.violations.desk import Desk

LAW = (
    "Chuỗi lưu giữ chứng cứ phải nguyên vẹn (Luật Bảo vệ dữ liệu cá nhân 91/2025/QH15, chưa đối "
    "chiếu điều khoản) / the chain of custody must stay whole (article not checked)"
)
MOST = 20_000


def export(desk: Desk, subject: str) -> dict[str, Any]:
    """Every step and look of an officer."""
    rows, _ = desk.store.rows(f"BY#{subject}", None, MOST)
    steps = [{"at": row.sk.partition("#")[0], **row.doc} for row in rows]
    return {"review_steps": steps} if steps else {}


def erase(desk: Desk, subject: str) -> Erased:
    """Nothing may be taken out of a chain of custody."""
    rows, _ = desk.store.rows(f"BY#{subject}", None, 1)
    return Erased(0, LAW if rows else None)
