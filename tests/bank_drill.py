"""The bank test, in a city of its own: `python -m infra.local with python tests/bank_drill.py`.

People pay each other over HTTP without a pause while readers take serialisable snapshots
(`TransactGetItems`) of all their wallets: every snapshot must show the same total. Meanwhile
function processes are killed at random moments, and the local cloud is stopped and started again.

Payers keep their own books. Who gets no answer (a killed function, a city that is down) sends the
same order with the same key until there is one; in the end each wallet must hold what its payers'
books say, which a transfer that was lost or made twice would break.

That it can fail was tried with two planted faults. Operations of a commit written one after the
other: 20 of 275 snapshots in the first seconds showed another total. A client's key that is good
twice: every snapshot was right, but wallets differed from the payers' books.
"""

import json
import random
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import timedelta
from typing import Any
from uuid import uuid4

import boto3
import httpx
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError
from city.adapters import tokens
from city.adapters.settings import settings
from city.adapters.stores import table
from city.adapters.trust import trust
from city.bank.port import BankAccount
from city.identity.keys import Keys
from city.kernel.clock import utc_now
from city.kernel.people import Principal, Role
from city.wallet.store import Profile, Wallets
from city_money import ledger, with_money
from city_processes import endpoint, here, kill, working

from infra.local.city import start, stop
from infra.local.place import Place

WALLETS, EACH_VND, MOST_VND = 8, 200_000, 60_000
PAYERS, READERS = 4, 2
CALM_S, KILLING_S, AFTER_S = 6.0, 8.0, 4.0
ENOUGH = 20  # payments and snapshots, at least, in each part
PATIENCE_S = 180.0  # how long an order is sent again, or a part waits for enough to move
AGAIN_S = 0.5
BREATH_S = 0.02  # between snapshots, so that payers have the machine too
REFUSED = (403, 409, 422)


class Cloud:
    """The local cloud as it is now: after a start it listens elsewhere."""

    def __init__(self, place: Place) -> None:
        self.place = place

    @property
    def endpoint(self) -> str:
        """Where it listens."""
        return endpoint(self.place)

    def dynamo(self) -> Any:
        """A client of its tables."""
        once = Config(retries={"total_max_attempts": 1}, connect_timeout=2, read_timeout=10)
        return boto3.client("dynamodb", endpoint_url=self.endpoint, config=once)

    def kill_function(self, chance: random.Random) -> int:
        """Kill a process of the function that moves the money, at whatever it is doing."""
        found = working(self.endpoint, "-wallet-http")
        return kill([chance.choice(found)] if found else [])


class Drill:
    """Wallets, who pays out of them, and what was seen."""

    def __init__(self, cloud: Cloud) -> None:
        self.cloud = cloud
        self.auditor = _signed(f"auditor-{uuid4().hex}", Role.AUDITOR)
        owners = [f"bank-{uuid4().hex}" for _ in range(WALLETS)]
        self.total = WALLETS * EACH_VND
        with ThreadPoolExecutor(4) as pool:
            self.ids = list(pool.map(_opened, owners))
        self.headers = dict(zip(self.ids, (_signed(owner) for owner in owners), strict=True))
        self.books = dict.fromkeys(self.ids, EACH_VND)
        self.seen: Counter[int] = Counter()
        self.done: Counter[str] = Counter()
        self._over, self._up, self._lock = threading.Event(), threading.Event(), threading.Lock()
        self._up.set()

    def restart(self) -> None:
        """A clean stop under full load, and a start with what was kept. Nobody asks while it
        starts: that would measure how fast functions wake beside a crowd."""
        stop(self.cloud.place)
        self._up.clear()
        start(self.cloud.place)
        self._up.set()

    def read(self) -> None:
        """Take snapshots until it is over."""
        at = None
        while not self._over.is_set():
            try:
                at = at or self.cloud.dynamo()
                total = sum(self.held(at).values())
            except ClientError as error:
                if error.response["Error"]["Code"] != "TransactionCanceledException":
                    raise
                continue  # somebody wrote in that moment: no snapshot, another one
            except (BotoCoreError, OSError):
                at = None  # the cloud is down
                time.sleep(AGAIN_S)
                self._up.wait()
                continue
            with self._lock:
                self.seen[total] += 1
            time.sleep(BREATH_S)

    def held(self, at: Any) -> dict[str, int]:
        """What each wallet holds, all at one moment."""
        keys = [{"pk": {"S": f"W#{one}"}, "sk": {"S": "A"}} for one in self.ids]
        wanted = [{"Get": {"TableName": "hues-local-ledger", "Key": key}} for key in keys]
        found = at.transact_get_items(TransactItems=wanted)["Responses"]
        return {
            one: sum(int(each["Item"].get(name, {"N": "0"})["N"]) for name in ("c_avail", "c_held"))
            for one, each in zip(self.ids, found, strict=True)
        }

    def pay(self, seed: int) -> None:
        """Pay until it is over, out of any wallet into any other."""
        chance = random.Random(seed)
        with httpx.Client(base_url=self.cloud.place.address, timeout=30) as http:
            while not self._over.is_set():
                source, target = chance.sample(self.ids, 2)
                amount = chance.randint(1, MOST_VND)
                paid = self._order(http, source, target, amount)
                with self._lock:
                    self.done["paid" if paid else "declined"] += 1
                    self.books[source] -= amount * paid
                    self.books[target] += amount * paid

    def _order(self, http: httpx.Client, source: str, target: str, amount: int) -> bool:
        """One order, sent until it is answered."""
        body = {"to_wallet": target, "amount_vnd": amount}
        headers = {**self.headers[source], "Idempotency-Key": uuid4().hex}
        until = time.monotonic() + PATIENCE_S
        while time.monotonic() < until:
            try:
                answer = http.post("/v1/wallet/transfers", json=body, headers=headers)
            except httpx.TransportError:
                answer = None
            if answer is not None and answer.status_code == 201:
                return True
            if answer is not None and answer.status_code in REFUSED:
                slug = answer.json()["type"].rpartition(":")[2]
                assert slug == "insufficient-funds", answer.text
                return False
            with self._lock:
                self.done["sent again"] += 1
            time.sleep(AGAIN_S)
            self._up.wait()
        raise AssertionError(f"no answer to a transfer in {PATIENCE_S} s")

    @contextmanager
    def running(self) -> Iterator[None]:
        """Readers and payers at work; what one of them raised is raised here."""
        with ThreadPoolExecutor(PAYERS + READERS) as pool:
            work = [pool.submit(self.read) for _ in range(READERS)]
            work += [pool.submit(self.pay, seed) for seed in range(PAYERS)]
            try:
                yield
            finally:
                self._over.set()
            for each in work:
                each.result()

    def phase(self, what: str, seconds: float, act: Callable[[], object] = lambda: None) -> None:
        """Let them work for a while, and until enough was paid and seen, doing something the
        while. Every snapshot so far must show the one total."""
        paid, seen = self.done["paid"] + ENOUGH, self.seen.total() + ENOUGH
        until = time.monotonic() + seconds
        while time.monotonic() < until or self.done["paid"] < paid or self.seen.total() < seen:
            if time.monotonic() < until:
                act()
            time.sleep(0.1)
            assert time.monotonic() < until + PATIENCE_S, f"too little moves: {self.done}"
        with self._lock:
            print(f"{what}: {dict(self.done)}, {self.seen.total()} snapshots", flush=True)
            assert set(self.seen) == {self.total}, self.seen

    def adds_up(self) -> None:
        """Wallets, payers' books and entries say the same, and no chain is broken."""
        assert self.held(self.cloud.dynamo()) == self.books
        at = self.cloud.place.address
        with httpx.Client(base_url=at, timeout=60, headers=self.auditor) as http:
            for one in self.ids:
                answer = http.get(f"/v1/ledger/accounts/wallet:{one}/check")
                found = answer.raise_for_status().json()
                assert found["good"] and found["broken_at"] is None, found
                assert found["rebuilt_vnd"] + found["unfolded_vnd"] == self.books[one], found
            made = http.post("/v1/ledger/trial-balances").raise_for_status().json()
        assert made["total_vnd"] == 0, made


def _opened(owner: str) -> str:
    """A wallet with money that the city's own worker collected from the bank."""
    wallet = with_money(ledger(), owner, EACH_VND)
    bank_bin, number = wallet.bank.split("-")
    linked = BankAccount(bank_bin=bank_bin, account=number, holder=owner)
    Wallets(table("wallet"), settings().token_secret).keep(
        Profile(owner=owner, wallet_id=wallet.id, name=owner, bank=linked, attested_at=utc_now())
    )
    return wallet.id


def _signed(user: str, role: Role = Role.CITIZEN) -> dict[str, str]:
    """Headers of somebody whom a passkey confirmed a moment ago."""
    now = utc_now()
    raised = now + timedelta(minutes=5)
    who = Principal(
        user_id=user, roles=frozenset({role}), acr=2, session=uuid4().hex, stepped_up_until=raised
    )
    keys = Keys(table("identity"), trust(), settings().token_secret)
    return {"Authorization": f"Bearer {tokens.issue(who, keys, now, uuid4().hex)}"}


def main() -> int:
    """The drill; its last line has the figures."""
    ledger()  # takes the city's environment
    cloud = Cloud(here())
    drill, chance, killed = Drill(cloud), random.Random(5), 0

    def kill() -> None:
        nonlocal killed
        time.sleep(chance.uniform(0.1, 1.0))
        killed += cloud.kill_function(chance)

    with drill.running():
        drill.phase("calm", CALM_S)
        drill.phase("functions killed", KILLING_S, kill)
        drill.restart()
        drill.phase("stopped and started", AFTER_S)
    drill.adds_up()
    figures = {**drill.done, "snapshots": drill.seen.total(), "killed": killed}
    print(json.dumps(figures), flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
