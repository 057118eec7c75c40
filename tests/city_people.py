"""People of the running city, for tests over HTTP."""

import time
from collections.abc import Callable
from typing import Any, TypeVar

import httpx
from authenticator import Authenticator

T = TypeVar("T")


def good(answer: httpx.Response, status: int = 200) -> Any:
    """What an answer holds, which must have this status."""
    assert answer.status_code == status, f"{answer.request.url}: {answer.text[:400]}"
    return answer.json() if answer.content else None


class Person:
    """Somebody signed in."""

    def __init__(self, http: httpx.Client, phone: str) -> None:
        self.http, self.phone = http, phone
        before = newest_at(http, phone)
        asked = http.post("/v1/auth/otp", json={"phone": phone})
        assert asked.status_code == 202, asked.text
        code = eventually(lambda: newest_code(http, phone, before))
        answer = http.post("/v1/auth/token", json={"phone": phone, "otp": code})
        assert answer.status_code == 200, answer.text
        self.tokens = answer.json()

    def headers(self, **more: str) -> dict[str, str]:
        return {"Authorization": f"Bearer {self.tokens['access_token']}", **more}

    def get(self, path: str, **more: Any) -> httpx.Response:
        return self.http.get(path, headers=self.headers(), **more)

    def post(self, path: str, body: Any = None, **headers: str) -> httpx.Response:
        return self.http.post(path, json=body or {}, headers=self.headers(**headers))

    def refresh(self) -> None:
        """The next tokens of this session."""
        body = {"refresh_token": self.tokens["refresh_token"]}
        answer = self.http.post("/v1/auth/refresh", json=body)
        assert answer.status_code == 200, answer.text
        self.tokens = answer.json()

    def act(self, report_id: str, action: str, **fields: Any) -> dict[str, Any]:
        answer = self.post(f"/v1/reports/{report_id}/actions/{action}", fields)
        assert answer.status_code == 200, answer.text
        done: dict[str, Any] = answer.json()
        return done


class Sure(Person):
    """Somebody who confirms with a passkey whenever the city asks. `http` goes by the name that
    passkeys are bound to, which is not an address."""

    def __init__(self, http: httpx.Client, phone: str) -> None:
        super().__init__(http, phone)
        self.device = Authenticator(origin=str(http.base_url).rstrip("/"))
        options = good(self.post("/v1/me/passkeys/options"))
        body = {"name": "Máy thử", "credential": self.device.create(options)}
        self.added = good(self.post("/v1/me/passkeys", body), 201)["id"]
        self.confirm()

    def confirm(self) -> None:
        """Raise the session for five minutes."""
        options = good(self.post("/v1/auth/step-up/options"))
        told = {"credential": self.device.get(options)}
        self.tokens = good(self.post("/v1/auth/step-up", told))

    def leave(self) -> None:
        """Take the passkey away: others sign in as this person in the same city."""
        self.refresh()
        self.confirm()
        good(self.http.delete(f"/v1/me/passkeys/{self.added}", headers=self.headers()), 204)


def newest_at(http: httpx.Client, phone: str) -> str:
    """When the newest message to a number was sent."""
    items = http.get("/_sandbox/outbox", params={"to": phone}).json()["items"]
    return str(items[0]["at"]) if items else ""


def newest_code(http: httpx.Client, phone: str, after: str) -> str | None:
    """The newest code sent to a number, if it is newer than that."""
    items = http.get("/_sandbox/outbox", params={"to": phone}).json()["items"]
    return str(items[0]["code"]) if items and items[0]["at"] > after else None


def eventually(look: Callable[[], T | None], seconds: float = 40) -> T:
    """What `look` finds once it finds something; queues take their time."""
    deadline = time.monotonic() + seconds
    while True:
        found = look()
        if found:
            return found
        if time.monotonic() > deadline:
            raise AssertionError(f"nothing after {seconds} s")
        time.sleep(0.2)
