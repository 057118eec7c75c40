"""Where one city keeps its things, and what its processes are told."""

import json
import os
import secrets
import socket
from collections.abc import Collection
from contextlib import ExitStack, suppress
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
REGION = "ap-southeast-1"
ACCOUNT = "000000000000"
STAGE = "local"
# In the order of their ports: a simulator listens at the city's port + 1 + its place here.
SIMULATORS = (
    "vneid",
    "push",
    "billers.evn",
    "billers.huewaco",
    "billers.hepco",
    "billers.invoices",
    "fcm",
    "smsc",
    "mail",
    "bank",
)
SANDBOX_CLIENT_SECRET = "sandbox-vneid"  # noqa: S105 - known to everybody, good for the simulator
SANDBOX_BANK_KEY = "sandbox-bank"


SPOKEN = 50  # a simulator that speaks more than HTTP does so this many ports above its page


class Place:
    """A folder and a port; tests use another folder beside the demo city's."""

    def __init__(self, folder: Path, port: int) -> None:
        self.folder = folder.resolve()
        self.port = port
        self.logs = self.folder / "logs"
        self.state = self.folder / "state"
        self.record = self.folder / "run.json"
        self.stack = self.folder / "stack.json"

    @property
    def address(self) -> str:
        """Where people reach the city."""
        return f"http://127.0.0.1:{self.port}"

    @property
    def public(self) -> str:
        """The same for browsers: passkeys are bound to a name, never to a bare address."""
        return f"http://localhost:{self.port}"

    def simulator(self, name: str) -> str:
        """Where a simulator of the other side listens: a port of its own above the city's."""
        return f"http://localhost:{self.port + 1 + SIMULATORS.index(name)}"

    def beside(self, name: str) -> str:
        """Where a simulator speaks a protocol that is not HTTP: host and port."""
        from infra.simulators.dial import beside

        return f"localhost:{beside(self.simulator(name))}"

    def channels(self) -> dict[str, str]:
        """How this city reaches the simulated services: settings by name."""
        from infra.simulators.smsc import PASSWORD, SYSTEM_ID

        return {
            "FCM_ACCOUNT": self._fcm_account(),
            "FCM_URL": self.simulator("fcm"),
            "SMS_URL": f"smpp://{SYSTEM_ID}@{self.beside('smsc')}",
            "SMS_KEY": PASSWORD,
            "SMTP_URL": f"smtp://{self.beside('mail')}",
            "MAIL_FROM": "Hue-S (sandbox) <no-reply@hue-s.example>",
        }

    def _fcm_account(self) -> str:
        """A service account of the simulator: its key is made once and kept beside the data."""
        from infra.simulators.fcm import new_key, service_account

        held = self.folder / "fcm.pem"
        if not held.exists():
            self.folder.mkdir(parents=True, exist_ok=True)
            held.touch(mode=0o600)
            held.write_text(new_key())
        return json.dumps(service_account(self.simulator("fcm"), held.read_text()))

    def billers(self) -> str:
        """Address and key of every biller's simulator, as functions read them."""
        invoices = self.simulator("billers.invoices")
        at = {name: self.simulator(f"billers.{name}") for name in ("evn", "huewaco", "hepco")}
        at |= {name: f"{invoices}/{name}" for name in ("dichvucong", "hocphi", "vienphi")}
        told = {name: {"url": url, "key": f"sandbox-biller-{name}"} for name, url in at.items()}
        return json.dumps(told)

    def secret(self) -> str:
        """Signs tokens and media ids; made once and kept beside the data."""
        held = self.folder / "secret"
        if not held.exists():
            self.folder.mkdir(parents=True, exist_ok=True)
            held.touch(mode=0o600)
            held.write_text(secrets.token_hex(32))
        return held.read_text()


def environment(place: Place, endpoint: str) -> dict[str, str]:
    """What a process needs to act like a function of this stack."""
    return {
        "AWS_ENDPOINT_URL": endpoint,
        "AWS_ACCESS_KEY_ID": "test",
        "AWS_SECRET_ACCESS_KEY": "test",
        "AWS_DEFAULT_REGION": REGION,
        "AWS_REGION": REGION,
        "AWS_CONFIG_FILE": os.devnull,  # nobody's own profile may lead a sandbox to a real account
        "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
        "AWS_EC2_METADATA_DISABLED": "true",
        "PYTHONPATH": f"{ROOT / 'layers/city/python'}{os.pathsep}{ROOT}",
        "STAGE": STAGE,
        "TABLE_PREFIX": f"hues-{STAGE}-",
        "QUEUE_PREFIX": f"hues-{STAGE}-",
        "BUS_NAME": f"hues-{STAGE}",
        "UPLOADS_BUCKET": f"hues-{STAGE}-uploads-{ACCOUNT}",
        "MEDIA_BUCKET": f"hues-{STAGE}-media-{ACCOUNT}",
        "EXPORTS_BUCKET": f"hues-{STAGE}-exports-{ACCOUNT}",
        "STATEMENTS_BUCKET": f"hues-{STAGE}-statements-{ACCOUNT}",
        "FANOUT_BUCKET": f"hues-{STAGE}-fanout-{ACCOUNT}",
        "EVIDENCE_BUCKET": f"hues-{STAGE}-evidence-{ACCOUNT}",
        "PUBLIC_BASE_URL": place.public,
        "UPLOAD_BASE_URL": place.public,
        "TOKEN_SECRET": place.secret(),
        **place.channels(),
        "VNEID_ISSUER": place.simulator("vneid"),
        "VNEID_CLIENT_SECRET": SANDBOX_CLIENT_SECRET,
        "BILLERS": place.billers(),
        "BANK_URL": place.simulator("bank"),
        "BANK_KEY": SANDBOX_BANK_KEY,
        "BANK_BOOK": str(place.folder / "bank.sqlite"),
    }


# Below those of which systems take one for each outgoing connection (Linux from 32768 up): such a
# port may be gone before its server starts, and who asks it too early may be connected to himself.
PORTS = range(10_000, 32_000)


def free_port(kept: Collection[int] = ()) -> int:
    """A port that nobody listens on and that is not among those kept for others.

    Raises:
        OSError: none was found.
    """
    for _ in range(100):
        port = secrets.choice(PORTS)
        with socket.socket() as probe, suppress(OSError):
            probe.bind(("127.0.0.1", port))
            if port not in kept:
                return port
    raise OSError("no free port was found")


def kept_ports(first: int) -> set[int]:
    """What a city on the port `first` listens on by itself and by its simulators."""
    ports = range(first, first + 1 + len(SIMULATORS))
    return {spoken for port in ports for spoken in (port, port + SPOKEN)}


def city_port() -> int:
    """A port for a city, with free ports behind it for its simulators.

    Raises:
        OSError: none was found.
    """
    for _ in range(100):
        first = free_port()
        with ExitStack() as held:
            try:
                for port in kept_ports(first):
                    held.enter_context(socket.socket()).bind(("127.0.0.1", port))
            except OSError:
                continue
            return first
    raise OSError("no run of free ports was found")
