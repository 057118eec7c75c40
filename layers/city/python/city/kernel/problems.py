"""What can go wrong, said so that a person can act on it (RFC 9457 problem details)."""

from typing import Any, ClassVar

from pydantic import BaseModel

from city.kernel.text import Text, text

TYPE_PREFIX = "urn:hue-s:problem:"


class FieldError(BaseModel, frozen=True):
    """One field of the request and what is wrong with it."""

    field: str
    vi: str
    en: str


class Problem(Exception):
    """A refusal with an HTTP status, a stable type and safe text in two languages.

    Subclass it, set the class attributes, and pass values for the `{names}` in `detail`.
    """

    status: ClassVar[int] = 500
    slug: ClassVar[str] = "internal"
    title: ClassVar[Text] = text("Lỗi hệ thống", "Internal error")
    detail: ClassVar[Text] = text(
        "Có lỗi ngoài dự kiến. Xin thử lại; nếu vẫn lỗi, gửi mã theo dõi cho chúng tôi.",
        "Something unexpected failed. Try again; if it persists, send us the correlation id.",
    )

    def __init__(
        self,
        *,
        errors: tuple[FieldError, ...] = (),
        extra: dict[str, Any] | None = None,
        headers: dict[str, str] | None = None,
        **values: object,
    ) -> None:
        self.message = self.detail.format(**values)
        self.errors = errors
        self.extra = extra or {}
        self.headers = headers or {}
        super().__init__(self.message.en)


class BadRequest(Problem):
    """The request cannot be read."""

    status = 400
    slug = "bad-request"
    title = text("Yêu cầu không đọc được", "Bad request")
    detail = text("{vi}", "{en}")


class Invalid(Problem):
    """Some fields are missing or wrong; `errors` lists each."""

    status = 422
    slug = "invalid"
    title = text("Dữ liệu chưa hợp lệ", "Invalid data")
    detail = text(
        "Một số mục còn thiếu hoặc sai. Chưa có gì được lưu.",
        "Some fields are missing or wrong. Nothing was saved.",
    )


def invalid(field: str, vi: str, en: str) -> Invalid:
    """A refusal of one field."""
    return Invalid(errors=(FieldError(field=field, vi=vi, en=en),))


class Unauthenticated(Problem):
    """Nobody is signed in, or the token is no longer good."""

    status = 401
    slug = "unauthenticated"
    title = text("Cần đăng nhập", "Sign-in needed")
    detail = text(
        "Phiên đăng nhập không có hoặc đã hết hạn. Xin đăng nhập lại.",
        "There is no session or it has expired. Please sign in again.",
    )

    def __init__(self) -> None:
        super().__init__(headers={"WWW-Authenticate": 'Bearer realm="hue-s"'})


class Forbidden(Problem):
    """The caller is known and may not do this."""

    status = 403
    slug = "forbidden"
    title = text("Không có quyền", "Not allowed")
    detail = text("Tài khoản của bạn không có quyền làm việc này.", "Your account may not do this.")


class AssuranceNeeded(Problem):
    """The caller may, once we know them better: 2 verified identity, 3 a passkey just now."""

    status = 403
    slug = "assurance-needed"
    title = text("Cần xác thực thêm", "Stronger proof needed")
    detail = text("{vi}", "{en}")

    _HOW: ClassVar[dict[int, tuple[str, str]]] = {
        2: (
            "Việc này cần định danh đã xác minh. Xác minh trong mục Tôi rồi thử lại.",
            "This needs a verified identity. Verify it under Me, then try again.",
        ),
        3: (
            "Việc này cần xác nhận bằng khoá truy cập trong năm phút gần đây.",
            "This needs a passkey confirmation within the last five minutes.",
        ),
    }

    def __init__(self, required: int) -> None:
        vi, en = self._HOW[required]
        super().__init__(extra={"required": required}, vi=vi, en=en)


class NotFound(Problem):
    """There is no such thing, or the caller may not know that there is."""

    status = 404
    slug = "not-found"
    title = text("Không tìm thấy", "Not found")
    detail = text("Không tìm thấy {what}.", "{what} was not found.")


class Conflict(Problem):
    """Somebody else changed it first; reading again and retrying may work."""

    status = 409
    slug = "conflict"
    title = text("Dữ liệu vừa thay đổi", "Changed meanwhile")
    detail = text(
        "Dữ liệu vừa được người khác thay đổi. Tải lại rồi thử lại; chưa có gì bị ghi đè.",
        "Somebody else has just changed this. Reload and try again; nothing was overwritten.",
    )


class PreconditionFailed(Problem):
    """`If-Match` names a version that is no longer current."""

    status = 412
    slug = "precondition-failed"
    title = text("Phiên bản đã cũ", "Version is stale")
    detail = text(
        "Bạn đang xem phiên bản {given}, hiện tại là {current}. Tải lại rồi thử lại.",
        "You hold version {given}, the current one is {current}. Reload and try again.",
    )


class TooMany(Problem):
    """A limit was reached; `Retry-After` says when to come back."""

    status = 429
    slug = "too-many-requests"
    title = text("Quá nhiều lần", "Too many requests")
    detail = text(
        "Bạn đã thử quá nhiều lần. Xin thử lại sau {seconds} giây.",
        "Too many attempts. Please try again in {seconds} seconds.",
    )

    def __init__(self, seconds: int) -> None:
        super().__init__(seconds=seconds, headers={"Retry-After": str(seconds)})


class Unavailable(Problem):
    """A part we lean on does not answer; the same request may work later."""

    status = 503
    slug = "unavailable"
    title = text("Tạm thời gián đoạn", "Temporarily unavailable")
    detail = text(
        "Hệ thống đang bận. Chưa có gì được lưu; xin thử lại sau ít phút.",
        "The system is busy. Nothing was saved; please try again in a few minutes.",
    )
