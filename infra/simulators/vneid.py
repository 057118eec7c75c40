"""A stand-in for the national identity provider: OpenID Connect over HTTP, made-up citizens.

Real: discovery, authorization code with PKCE S256, state and nonce, single-use codes of one
minute, client authentication, RS256 id tokens, a key set. Not real: the people, their numbers
(they begin with 046 and belong to nobody), and the checking of who sits at the screen. The
endpoints' shape follows OpenID Connect; VNeID's own are not public.
"""

import base64
import hashlib
import hmac
import html
import json
import secrets
import time
from dataclasses import dataclass, field
from datetime import date
from typing import Any
from urllib.parse import urlencode, urlsplit

import jwt
from aiohttp import web
from cryptography.hazmat.primitives.asymmetric import rsa
from jwt.algorithms import RSAAlgorithm

from infra.local.place import SANDBOX_CLIENT_SECRET

CLIENT = "hue-s"
CODE_LIFE_S, TOKEN_LIFE_S = 60, 300
ASKED = ("client_id", "redirect_uri", "state", "nonce", "code_challenge",
         "code_challenge_method", "response_type", "scope")  # fmt: skip
NOTICE = "Trình mô phỏng · a simulator. Không phải VNeID thật, không kiểm tra ai cả."
CITIZENS = (
    ("046099000011", "Nguyễn Thị Lan", "1990-03-08"),
    ("046085000022", "Trần Văn Minh", "1985-11-20"),
    ("046201000033", "Hoàng Anh Tuấn", "2001-05-19"),
    ("046178000044", "Phạm Thu Hà", "1978-09-02"),
)
PAGE = """<!doctype html><html lang="vi"><head><meta charset="utf-8">
<meta name="viewport" content="width=device-width"><title>{title}</title><style>
body{{font:16px/1.5 system-ui,sans-serif;max-width:30rem;margin:0 auto;padding:1rem;
color:#1b1b1f;background:#fff}} .notice{{background:#5c1a1a;color:#fff;padding:.75rem 1rem}}
label{{display:block;margin:1rem 0 .25rem}} input,select,button{{font:inherit;width:100%;
min-height:48px;box-sizing:border-box;padding:.5rem}} button{{margin-top:1.5rem;
background:#0b4f8a;color:#fff;border:0;border-radius:8px}} .no{{background:#fff;color:#0b4f8a;
border:2px solid #0b4f8a}}</style></head><body><p class="notice">{notice}</p>
<main><h1>{title}</h1>{body}</main></body></html>"""
HEADERS = {
    "Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'; "
    "base-uri 'none'; frame-ancestors 'none'",
    "Cache-Control": "no-store",
    "Referrer-Policy": "no-referrer",
}


@dataclass
class Provider:
    """The provider's state: one key, codes that were given out."""

    address: str
    city: str
    key: rsa.RSAPrivateKey = field(
        default_factory=lambda: rsa.generate_private_key(public_exponent=65537, key_size=2048)
    )
    codes: dict[str, dict[str, Any]] = field(default_factory=dict)

    def discovery(self, _: web.Request) -> web.Response:
        """Who we are."""
        at = self.address
        return web.json_response(
            {
                "issuer": at,
                "authorization_endpoint": f"{at}/authorize",
                "token_endpoint": f"{at}/token",
                "jwks_uri": f"{at}/jwks",
                "response_types_supported": ["code"],
                "subject_types_supported": ["pairwise"],
                "id_token_signing_alg_values_supported": ["RS256"],
                "code_challenge_methods_supported": ["S256"],
                "acr_values_supported": ["level2"],
                "authorization_response_iss_parameter_supported": True,
                "simulator": NOTICE,
            }
        )

    def jwks(self, _: web.Request) -> web.Response:
        """Our key."""
        jwk: dict[str, Any] = json.loads(RSAAlgorithm.to_jwk(self.key.public_key()))
        jwk.pop("key_ops", None)
        return web.json_response({"keys": [{**jwk, "kid": "sim-1", "alg": "RS256", "use": "sig"}]})

    def authorize(self, request: web.Request) -> web.Response:
        """The page on which the tester chooses whom to be."""
        fault = self._fault(request.query)
        if fault:
            return self._page("Yêu cầu không hợp lệ", f"<p>{html.escape(fault)}</p>", 400)
        hidden = "".join(
            f'<input type="hidden" name="{name}" value="{html.escape(request.query[name])}">'
            for name in ASKED
            if name in request.query
        )
        people = "".join(
            f'<option value="{number}">{html.escape(name)} · {number}</option>'
            for number, name, _ in CITIZENS
        )
        return self._page(
            "Định danh điện tử (mô phỏng)",
            f'<form method="post" action="/authorize">{hidden}'
            f'<label for="who">Công dân giả định</label><select id="who" name="who">{people}'
            '<option value="">Người khác…</option></select>'
            '<label for="number">Hoặc số định danh (12 số)</label>'
            '<input id="number" name="number" inputmode="numeric" pattern="[0-9]{12}">'
            '<label for="name">Họ và tên</label><input id="name" name="name">'
            '<label for="born">Ngày sinh</label><input id="born" name="born" type="date">'
            '<button name="answer" value="yes">Đồng ý chia sẻ</button>'
            '<button name="answer" value="no" class="no">Từ chối</button></form>',
        )

    async def answer(self, request: web.Request) -> web.Response:
        """The tester's choice: back to the city with a code, or without."""
        form = {name: str(value) for name, value in (await request.post()).items()}
        fault = self._fault(form)
        if fault:
            return self._page("Yêu cầu không hợp lệ", f"<p>{html.escape(fault)}</p>", 400)
        back = {"state": form["state"], "iss": self.address}
        if form.get("answer") != "yes":
            back["error"] = "access_denied"
        else:
            citizen = _citizen(form)
            if citizen is None:
                said = "Số định danh có 12 chữ số, họ tên và ngày sinh phải có. Hãy quay lại."
                return self._page("Thông tin chưa đủ", f"<p>{said}</p>", 400)
            back["code"] = self._code(form, citizen)
        raise web.HTTPSeeOther(f"{form['redirect_uri']}?{urlencode(back)}", headers=HEADERS)

    def _code(self, form: dict[str, str], citizen: tuple[str, str, str]) -> str:
        for old in [code for code, held in self.codes.items() if held["until"] < time.time()]:
            del self.codes[old]
        number, name, born = citizen
        code = secrets.token_urlsafe(24)
        self.codes[code] = {
            "number": number,
            "name": name,
            "born": born,
            "nonce": form.get("nonce", ""),
            "challenge": form["code_challenge"],
            "redirect_uri": form["redirect_uri"],
            "until": time.time() + CODE_LIFE_S,
        }
        return code

    async def token(self, request: web.Request) -> web.Response:
        """A code for an id token."""
        form = await request.post()
        expected = base64.b64encode(f"{CLIENT}:{SANDBOX_CLIENT_SECRET}".encode()).decode()
        given = request.headers.get("Authorization", "").removeprefix("Basic ")
        if not hmac.compare_digest(given, expected):
            return web.json_response({"error": "invalid_client"}, status=401)
        held = self.codes.pop(str(form.get("code", "")), None)  # single use
        digest = hashlib.sha256(str(form.get("code_verifier", "")).encode()).digest()
        proof = base64.urlsafe_b64encode(digest).rstrip(b"=").decode()
        if (
            held is None
            or form.get("grant_type") != "authorization_code"
            or held["until"] < time.time()
            or held["redirect_uri"] != form.get("redirect_uri")
            or not hmac.compare_digest(held["challenge"], proof)
        ):
            return web.json_response({"error": "invalid_grant"}, status=400)
        now = int(time.time())
        # Pairwise: another client could not recognise the person by it.
        subject = hashlib.sha256(f"{CLIENT}|{held['number']}".encode()).hexdigest()[:32]
        claims = {
            "iss": self.address,
            "aud": CLIENT,
            "sub": subject,
            "iat": now,
            "exp": now + TOKEN_LIFE_S,
            "nonce": held["nonce"],
            "acr": "level2",
            "name": held["name"],
            "birthdate": held["born"],
            "personal_id": held["number"],
        }
        access = secrets.token_urlsafe(24)
        half = hashlib.sha256(access.encode()).digest()[:16]
        claims["at_hash"] = base64.urlsafe_b64encode(half).rstrip(b"=").decode()
        signed = jwt.encode(claims, self.key, algorithm="RS256", headers={"kid": "sim-1"})
        return web.json_response(
            {
                "id_token": signed,
                "access_token": access,
                "token_type": "Bearer",
                "expires_in": TOKEN_LIFE_S,
            },
            headers={"Cache-Control": "no-store"},
        )

    def _fault(self, told: Any) -> str | None:
        if told.get("client_id") != CLIENT:
            return "client_id"
        back = urlsplit(told.get("redirect_uri", ""))
        if f"{back.scheme}://{back.netloc}" != self.city:
            return "redirect_uri"
        if told.get("code_challenge_method") != "S256" or not told.get("code_challenge"):
            return "code_challenge"
        if told.get("response_type") != "code":
            return "response_type"
        if "openid" not in told.get("scope", "").split():
            return "scope"
        return next((name for name in ("state", "nonce") if not told.get(name)), None)

    def _page(self, title: str, body: str, status: int = 200) -> web.Response:
        text = PAGE.format(title=title, notice=NOTICE, body=body)
        return web.Response(text=text, status=status, content_type="text/html", headers=HEADERS)


def _citizen(form: dict[str, str]) -> tuple[str, str, str] | None:
    """Whom the tester chose or made up: number, name, date of birth."""
    number = form.get("number", "").strip() or form.get("who", "")
    known = next((each for each in CITIZENS if each[0] == number), None)
    if known:
        return known
    name, born = form.get("name", "").strip(), form.get("born") or "1990-01-01"
    try:
        date.fromisoformat(born)
    except ValueError:
        return None
    right = len(number) == 12 and number.isascii() and number.isdigit()
    return (number, name, born) if right and name else None


def app(address: str, city: str) -> web.Application:
    """The provider at an address, for the city at another."""
    provider = Provider(address, city)

    async def health(_: web.Request) -> web.Response:
        return web.json_response({"status": "ok", "simulator": "vneid"})

    async def discovery(request: web.Request) -> web.Response:
        return provider.discovery(request)

    async def jwks(request: web.Request) -> web.Response:
        return provider.jwks(request)

    async def authorize(request: web.Request) -> web.Response:
        return provider.authorize(request)

    made = web.Application()
    made.router.add_get("/healthz", health)
    made.router.add_get("/.well-known/openid-configuration", discovery)
    made.router.add_get("/jwks", jwks)
    made.router.add_get("/authorize", authorize)
    made.router.add_post("/authorize", provider.answer)
    made.router.add_post("/token", provider.token)
    return made
