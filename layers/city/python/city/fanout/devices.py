"""Where a person is reached: browsers, apps, their telephone number, their e-mail address."""

import hashlib
from collections.abc import Callable
from datetime import datetime
from typing import Annotated, Any, Literal
from urllib.parse import urlsplit

from pydantic import BaseModel, ConfigDict, Field, field_validator

from city.fanout.model import Address
from city.fanout.subscribers import Subscribers, add_device, remove_device
from city.fanout.webpush import BadSubscription, encrypt, unb64
from city.kernel.page import Page
from city.kernel.people import Principal
from city.kernel.problems import Forbidden, NotFound, invalid

LOOPBACK = ("localhost", "127.0.0.1")


class _Body(BaseModel):
    model_config = ConfigDict(extra="forbid")


class BrowserKeys(_Body):
    """A browser's public key and secret, base64url (Push API)."""

    p256dh: str = Field(max_length=200)
    auth: str = Field(max_length=100)


class NewBrowser(_Body):
    """A push subscription as a browser's `toJSON()` gives it."""

    channel: Literal["webpush"] = "webpush"
    endpoint: str = Field(max_length=1000)
    keys: BrowserKeys

    @field_validator("keys")
    @classmethod
    def _real(cls, keys: BrowserKeys) -> BrowserKeys:
        try:
            encrypt(b"", unb64(keys.p256dh), unb64(keys.auth))
        except (BadSubscription, ValueError) as error:
            raise ValueError(
                "Khoá của trình duyệt không đúng.|No browser has such keys."
            ) from error
        return keys


class NewApp(_Body):
    """A registration token of Firebase Cloud Messaging."""

    channel: Literal["fcm"]
    token: str = Field(min_length=20, max_length=4096, pattern=r"^[A-Za-z0-9_:.\-]+$")


class NewNumber(_Body):
    """Short messages to the account's own number, as `identity` attests it to `hue-s/fanout`."""

    channel: Literal["sms"]
    attestation: str = Field(max_length=4000)


NewDevice = Annotated[NewBrowser | NewApp | NewNumber, Field(discriminator="channel")]


class DeviceBody(BaseModel):
    """A device to be reached on."""

    model_config = ConfigDict(extra="forbid")

    device: NewDevice


class PushDevice(BaseModel):
    """One of a person's devices; `at` says where without saying more than they know."""

    id: str
    channel: str
    at: str


def listed(people: Subscribers, user_id: str) -> Page[PushDevice]:
    """A person's devices."""
    return Page(items=[_view(device) for device in people.get(user_id)[0].devices])


def add(
    people: Subscribers,
    who: Principal,
    body: DeviceBody,
    services: tuple[str, ...],
    sandbox: bool,
    attested: Callable[[str, datetime], dict[str, Any]],
    now: datetime,
) -> PushDevice:
    """Reach a person on one more device; the same one again is the same one.

    Raises:
        Invalid: the endpoint is no push service that we know.
        Unauthenticated, Forbidden: the attestation is not good, or somebody else's.
        Conflict: the person's row kept changing.
    """
    given = body.device
    if isinstance(given, NewBrowser):
        if not allowed(given.endpoint, services, sandbox):
            raise invalid(
                "device.endpoint", "Không phải dịch vụ thông báo đẩy được hỗ trợ.",
                "This is no push service that we know.",
            )  # fmt: skip
        told = {"endpoint": given.endpoint, **given.keys.model_dump()}
    elif isinstance(given, NewApp):
        told = {"endpoint": given.token}
    else:
        claims = attested(given.attestation, now)
        if claims["sub"] != who.user_id or not claims.get("phone"):
            raise Forbidden
        told = {"endpoint": str(claims["phone"])}
    name = hashlib.sha256(f"{given.channel}|{told['endpoint']}".encode()).hexdigest()[:16]
    device = Address(id=f"{who.user_id}/{name}", channel=given.channel, **told)
    add_device(people, who.user_id, who.roles, device)
    return _view(device)


def remove(people: Subscribers, user_id: str, name: str) -> None:
    """Reach a person on one device less.

    Raises:
        NotFound: not one of theirs.
    """
    if not remove_device(people, user_id, f"{user_id}/{name}"):
        raise NotFound(what="thiết bị / device")


def allowed(endpoint: str, services: tuple[str, ...], sandbox: bool) -> bool:
    """Whether we may call an address that a browser names: https at a push service on the list,
    at its own port, with no user or password in it. A sandbox also calls this machine."""
    try:
        parts = urlsplit(endpoint)
        host, port = parts.hostname or "", parts.port
    except ValueError:
        return False
    if parts.username is not None or parts.password is not None or "\\" in endpoint:
        return False
    if sandbox and parts.scheme == "http" and host in LOOPBACK:
        return True
    if parts.scheme != "https" or port not in (None, 443):
        return False
    return any(
        host == name or (name.startswith("*.") and host.endswith(name[1:])) for name in services
    )


def _view(device: Address) -> PushDevice:
    at = urlsplit(device.endpoint).hostname or ""
    if device.channel == "sms":
        at = f"…{device.endpoint[-3:]}"
    return PushDevice(id=device.id.rpartition("/")[2], channel=device.channel, at=at)
