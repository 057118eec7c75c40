"""Why the wallet refuses."""

from city.kernel.problems import Problem
from city.kernel.text import text


class NameDiffers(Problem):
    """The bank account is not in the person's verified name."""

    status = 422
    slug = "bank-account-name"
    title = text("Tài khoản ngân hàng không cùng tên", "Bank account in another name")
    detail = text(
        "Ngân hàng không xác nhận tài khoản này đứng tên bạn như đã định danh.",
        "The bank does not confirm that this account is in your verified name.",
    )


class NotTheHolder(Problem):
    """The attestation is about somebody else, or not of a verified identity."""

    status = 403
    slug = "not-the-holder"
    title = text("Không đúng người", "Not the holder")
    detail = text(
        "Giấy xác nhận danh tính không phải của bạn hoặc chưa ở mức 2.",
        "The attestation is not yours, or not of a verified identity.",
    )


class BankAway(Problem):
    """The bank does not answer a question that changes nothing."""

    status = 503
    slug = "bank-unavailable"
    title = text("Ngân hàng chưa trả lời", "The bank does not answer")
    detail = text(
        "Ngân hàng chưa trả lời. Chưa có gì thay đổi; xin thử lại sau ít phút.",
        "The bank does not answer. Nothing was changed; please try again in a few minutes.",
    )


class FrozenByOthers(Problem):
    """Only who froze it may unfreeze it."""

    status = 409
    slug = "frozen-by-administrator"
    title = text("Ví do quản trị khoá", "Frozen by an administrator")
    detail = text(
        "Ví này do quản trị khoá; chỉ quản trị mở lại được. Lý do: {reason}",
        "An administrator froze this wallet and has to unfreeze it. Reason: {reason}",
    )
