"""Why money does not move, in words people can act on. In every case nothing has moved."""

from city.kernel.problems import Problem
from city.kernel.text import text


class InsufficientFunds(Problem):
    """There is less than that to spend."""

    status = 409
    slug = "insufficient-funds"
    title = text("Số dư không đủ", "Not enough money")
    detail = text(
        "Số dư khả dụng không đủ cho {amount} đồng. Nạp thêm rồi thử lại; chưa có gì bị trừ.",
        "There is less than {amount} đồng to spend. Top up and try again; nothing was charged.",
    )


class NoWallet(Problem):
    """The caller, or whom they want to pay, has no wallet."""

    status = 404
    slug = "no-wallet"
    title = text("Chưa có ví", "No wallet")
    detail = text("Không có ví này.", "There is no such wallet.")


class WalletFrozen(Problem):
    """Nothing leaves this wallet."""

    status = 409
    slug = "wallet-frozen"
    title = text("Ví đang khoá", "Wallet frozen")
    detail = text(
        "Ví đang khoá hoặc đã đóng, nên chưa có gì bị trừ. Mở khoá trong mục Ví hoặc gọi hỗ trợ.",
        "The wallet is frozen or closed, so nothing was charged. Unfreeze it or ask for help.",
    )


class PayeeClosed(Problem):
    """The receiving wallet takes nothing any more."""

    status = 409
    slug = "payee-closed"
    title = text("Ví nhận đã đóng", "Receiving wallet closed")
    detail = text(
        "Ví nhận không còn nhận tiền. Chưa có gì bị trừ.",
        "The receiving wallet takes no money any more. Nothing was charged.",
    )


class LimitExceeded(Problem):
    """The legal limit of a period would be passed."""

    status = 409
    slug = "limit-exceeded"
    title = text("Vượt hạn mức", "Over the limit")
    detail = text(
        "Hạn mức {period} là {limit} đồng, đã dùng {spent} đồng. Chưa có gì bị trừ.",
        "The limit of {period} is {limit} đồng, {spent} are used. Nothing was charged.",
    )


class BillTaken(Problem):
    """The bill is paid, or somebody is paying it."""

    status = 409
    slug = "bill-taken"
    title = text("Hoá đơn đã hoặc đang được thanh toán", "Bill paid or being paid")
    detail = text(
        "Hoá đơn này đã hoặc đang được thanh toán, nên chưa có gì bị trừ.",
        "This bill is paid or being paid, so nothing was charged.",
    )


class OverTheBill(Problem):
    """With what is paid and being paid, it would be more than the bill."""

    status = 409
    slug = "over-the-bill"
    title = text("Vượt số còn phải trả", "More than is left of the bill")
    detail = text(
        "Cùng với các khoản đã và đang trả, {amount} đồng vượt hoá đơn. Chưa có gì bị trừ.",
        "With what is paid and being paid, {amount} đồng are more than the bill. "
        "Nothing was charged.",
    )


class AlreadyUsed(Problem):
    """Good once, and used: a code, a bank's reference."""

    status = 409
    slug = "already-used"
    title = text("Mã đã được dùng", "Used already")
    detail = text(
        "Mã này chỉ dùng một lần và đã được dùng. Chưa có gì bị trừ.",
        "This code is good once and was used. Nothing was charged.",
    )


class KeyNeeded(Problem):
    """Money moves only under a key that the client keeps."""

    status = 400
    slug = "idempotency-key-needed"
    title = text("Cần Idempotency-Key", "Idempotency-Key needed")
    detail = text(
        "Yêu cầu về tiền cần Idempotency-Key từ 8 đến 200 ký tự. Chưa có gì bị trừ.",
        "A request about money needs an Idempotency-Key of 8 to 200 characters. "
        "Nothing was charged.",
    )


class KeyReused(Problem):
    """The same Idempotency-Key came with something else."""

    status = 422
    slug = "idempotency-key-reused"
    title = text("Idempotency-Key đã dùng cho việc khác", "Idempotency-Key used for something else")
    detail = text(
        "Khoá này đã gửi kèm một yêu cầu khác. Dùng khoá mới; chưa có gì bị trừ.",
        "This key came with another request. Use a new one; nothing was charged.",
    )


class NotAllowedNow(Problem):
    """The payment's state does not allow it."""

    status = 409
    slug = "payment-state"
    title = text("Trạng thái không cho phép", "The state does not allow this")
    detail = text(
        "Giao dịch đang ở trạng thái {state}, không thể {action}.",
        "The payment is {state}; {action} is not possible.",
    )


class TooMuch(Problem):
    """More is to be refunded than is left of what was paid."""

    status = 409
    slug = "refund-too-large"
    title = text("Hoàn quá số đã trả", "Refund over what was paid")
    detail = text(
        "Chỉ còn {left} đồng có thể hoàn. Chưa có gì thay đổi.",
        "Only {left} đồng are left to refund. Nothing was changed.",
    )


class WalletNotEmpty(Problem):
    """A wallet is closed when it is empty and nothing is under way."""

    status = 409
    slug = "wallet-not-empty"
    title = text("Ví còn tiền", "Wallet not empty")
    detail = text(
        "Ví còn tiền hoặc còn giao dịch đang xử lý. Rút hết rồi đóng.",
        "There is money in the wallet or a payment under way. Cash out first.",
    )
