"""A stand-in for the bank that keeps the guarantee account, with ISO 20022 messages as JSON.

Real: references good once, balances that must suffice, names that must agree, the day's statement,
signed news of every booking. Not real: the bank, its customers, its money. Doors for tests:
`GET /_book`, `POST /_dial`, `POST /_accounts`, `POST /_incoming`, `POST /_clock`; the simulator
listens on the loopback only.
"""

import asyncio
import hmac
import json
import os
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from uuid import uuid4

from aiohttp import ClientError, ClientSession, ClientTimeout, web
from city.bank.notices import signature

from infra.local.place import SANDBOX_BANK_KEY
from infra.simulators.bank_book import GUARANTEE, HUE, Book, Row
from infra.simulators.billers.dial import Dial

NOTICE = "Trình mô phỏng · a simulator of a bank; made-up customers, made-up money."
KEY = SANDBOX_BANK_KEY  # also signs its news
TICK_S = 0.25
Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


@dataclass
class Bank:
    """The bank: its book, its dial, its clock, and where its news go."""

    book: Book
    notices: str
    dial: Dial = field(default_factory=Dial)
    skew_s: float = 0.0

    def now(self) -> datetime:
        """The bank's time."""
        return datetime.now(UTC) + timedelta(seconds=self.skew_s)

    async def verify(self, request: web.Request) -> web.StreamResponse:
        """acmt.023 to acmt.024."""
        if self.dial.hit("lookup_down"):
            return web.json_response({"Error": "DOWN"}, status=503)
        one = (await request.json())["IdVrfctnReq"]["Vrfctn"][0]
        party = one["PtyAndAcctId"]
        good = self.book.in_name(_number(party["Agt"], party["Acct"]), party["Pty"]["Nm"])
        result = {"OrgnlId": one["Id"], "Vrfctn": good} | ({} if good else {"Rsn": {"Cd": "AC01"}})
        return web.json_response({"IdVrfctnRpt": {"Rpt": [result]}})

    async def pay(self, request: web.Request) -> web.StreamResponse:
        """pain.001: out of the guarantee account."""
        one = (await request.json())["CstmrCdtTrfInitn"]["PmtInf"][0]["CdtTrfTxInf"][0]
        target = _number(one["CdtrAgt"], one["CdtrAcct"])
        return await self._take(request, one, one["Amt"]["InstdAmt"], GUARANTEE, target)

    async def collect(self, request: web.Request) -> web.StreamResponse:
        """pain.008: into the guarantee account."""
        one = (await request.json())["CstmrDrctDbtInitn"]["PmtInf"][0]["DrctDbtTxInf"][0]
        source = _number(one["DbtrAgt"], one["DbtrAcct"])
        return await self._take(request, one, one["InstdAmt"], source, GUARANTEE)

    async def _take(
        self, request: web.Request, one: Row, amount: Row, source: str, target: str
    ) -> web.StreamResponse:
        fault = self.dial.hit(
            "lost_request", "error_before", "reject", "late", "lost_answer", "slow", "error_after"
        )
        if fault == "lost_request":
            return _dropped(request)
        if fault == "error_before":
            return web.json_response({"Error": "BUSY"}, status=503)
        wanted = {
            "ref": one["PmtId"]["EndToEndId"], "source": source, "target": target,
            "amount": int(amount["Value"]), "memo": one["RmtInf"]["Ustrd"][0],
        }  # fmt: skip
        lag = self.dial.lag_s if fault == "late" else 0.0
        taken = self.book.take(wanted, self.now(), lag, "MS03" if fault == "reject" else "")
        if fault in ("lost_answer", "late"):
            return _dropped(request)
        if fault == "slow":
            await asyncio.sleep(self.dial.slow_s)
        if fault == "error_after":
            return web.json_response({"Error": "BROKE"}, status=502)
        return web.json_response(_report(taken))

    async def status(self, request: web.Request) -> web.StreamResponse:
        """pain.002 of a reference."""
        if self.dial.hit("query_down"):
            return web.json_response({"Error": "DOWN"}, status=503)
        self.book.settle(self.now())
        found = self.book.of(request.match_info["ref"])
        if found is None or not found["shown"]:
            return web.json_response({"Error": "NOT_FOUND"}, status=404)
        return web.json_response(_report(found))

    async def statement(self, request: web.Request) -> web.StreamResponse:
        """camt.053 of a day that is over."""
        day = date.fromisoformat(request.match_info["day"])
        if day >= self.now().astimezone(HUE).date():
            return web.json_response({"Error": "NOT_READY"}, status=409)
        opening, rows = self.book.day(day)
        if rows and self.dial.hit("statement_missing"):
            rows = rows[:-1]
        if rows and self.dial.hit("statement_changed"):
            rows[0] = rows[0] | {"amount": rows[0]["amount"] + 1000}
        if self.dial.hit("statement_extra"):
            at = datetime.combine(day, datetime.min.time(), HUE).isoformat()
            extra = {"id": 0, "ref": f"X{uuid4().hex[:12]}", "amount": 55_000, "at": at}
            rows.append(extra | {"source": "X", "target": GUARANTEE, "memo": "?"})
        closing = opening + sum(_signed(row) for row in rows)
        one = {
            "Id": f"STMT-{day}",
            "FrToDt": {"FrDt": day.isoformat(), "ToDt": day.isoformat()},
            "Acct": {"Id": {"Othr": {"Id": GUARANTEE}}},
            "Bal": [_balance("OPBD", opening), _balance("CLBD", closing)],
            "Ntry": [_entry(row) for row in rows],
        }
        return web.json_response({"BkToCstmrStmt": {"Stmt": [one]}, "Notice": NOTICE})

    async def watch(self) -> None:
        """Book what falls due, and say what was booked on the guarantee account."""
        async with ClientSession(timeout=ClientTimeout(total=10)) as session:
            while True:
                await asyncio.sleep(TICK_S)
                self.book.settle(self.now())
                for row in self.book.untold():
                    if self.dial.hit("no_callback"):
                        self.book.tell(row["id"])
                        continue
                    times = 2 if self.dial.hit("duplicate_callback") else 1
                    said = [await self._say(session, row) for _ in range(times)]
                    if not all(said):
                        break  # the city is not there: again at the next tick
                    self.book.tell(row["id"])

    async def _say(self, session: ClientSession, row: Row) -> bool:
        note = {"Id": f"NTFY-{row['id']}", "Ntry": [_entry(row)]}
        body = json.dumps({"BkToCstmrDbtCdtNtfctn": {"Ntfctn": [note]}}).encode()
        message_id, seconds = f"msg-{row['id']}", str(int(datetime.now(UTC).timestamp()))
        headers = {
            "Content-Type": "application/json",
            "webhook-id": message_id,
            "webhook-timestamp": seconds,
            "webhook-signature": signature(KEY, message_id, seconds, body),
        }
        with suppress(ClientError, TimeoutError):
            async with session.post(self.notices, data=body, headers=headers) as reply:
                return reply.status < 300
        await asyncio.sleep(2)
        return False

    async def accounts(self, request: web.Request) -> web.StreamResponse:
        """Open an account with money."""
        told = await request.json()
        number = f"{told['bank_bin']}-{told['account']}"
        self.book.open(number, told["holder"], int(told["balance_vnd"]))
        return web.json_response({"number": number}, status=201)

    async def incoming(self, request: web.Request) -> web.StreamResponse:
        """Somebody transfers to the guarantee account by themselves; the memo names the wallet."""
        told = await request.json()
        ref = f"IN-{uuid4().hex[:16]}"
        source = f"{told['bank_bin']}-{told['account']}"
        self.book.take(
            {"ref": ref, "source": source, "target": GUARANTEE, "amount": int(told["amount_vnd"]),
             "memo": told["memo"]}, self.now(),
        )  # fmt: skip
        return web.json_response({"ref": ref}, status=201)

    async def turn(self, request: web.Request) -> web.StreamResponse:
        """Turn the dial."""
        try:
            self.dial.turn(await request.json())
        except ValueError as fault:
            return web.json_response({"Error": str(fault)}, status=400)
        return web.json_response({"rates": self.dial.rates, "forced": self.dial.forced})

    async def clock(self, request: web.Request) -> web.StreamResponse:
        """Let the bank's time pass."""
        self.skew_s += float((await request.json())["advance_s"])
        return web.json_response({"now": self.now().isoformat()})

    async def shown(self, _: web.Request) -> web.StreamResponse:
        """The whole book."""
        return web.json_response(self.book.shown() | {"notice": NOTICE})


def _number(agent: Row, account: Row) -> str:
    return f"{agent['FinInstnId']['ClrSysMmbId']['MmbId']}-{account['Id']['Othr']['Id']}"


def _amount(vnd: int) -> Row:
    return {"Ccy": "VND", "Value": str(vnd)}


def _signed(row: Row) -> int:
    return int(row["amount"]) * (1 if row["target"] == GUARANTEE else -1)


def _balance(code: str, vnd: int) -> Row:
    way = "CRDT" if vnd >= 0 else "DBIT"
    return {"Tp": {"CdOrPrtry": {"Cd": code}}, "Amt": _amount(abs(vnd)), "CdtDbtInd": way}


def _bank_ref(row: Row) -> str:
    return f"FT{row['id']:010}"


def _entry(row: Row) -> Row:
    return {
        "Amt": _amount(int(row["amount"])),
        "CdtDbtInd": "CRDT" if row["target"] == GUARANTEE else "DBIT",
        "Sts": {"Cd": "BOOK"},
        "BookgDt": {"DtTm": row["at"]},
        "AcctSvcrRef": _bank_ref(row),
        "NtryDtls": [
            {"TxDtls": [{"Refs": {"EndToEndId": row["ref"]}, "RmtInf": {"Ustrd": [row["memo"]]}}]}
        ],
    }


def _report(row: Row) -> Row:
    status = {"WAITING": "PDNG"}.get(row["state"], row["state"])
    one: Row = {
        "OrgnlEndToEndId": row["ref"],
        "TxSts": status,
        "OrgnlTxRef": {"Amt": {"InstdAmt": _amount(int(row["amount"]))}},
    }
    if status == "ACSC":
        one["AcctSvcrRef"] = _bank_ref(row)
    if row["code"]:
        one["StsRsnInf"] = [{"Rsn": {"Cd": row["code"]}}]
    return {"CstmrPmtStsRpt": {"OrgnlPmtInfAndSts": [{"TxInfAndSts": [one]}]}}


def _dropped(request: web.Request) -> web.StreamResponse:
    """Nothing comes back: the connection is reset."""
    if request.transport is not None:
        request.transport.abort()
    return web.Response()


def _guarded(handler: Handler) -> Handler:
    async def act(request: web.Request) -> web.StreamResponse:
        given = request.headers.get("Authorization", "")
        if not hmac.compare_digest(given, f"Bearer {KEY}"):
            return web.json_response({"Error": "WHO"}, status=401)
        return await handler(request)

    return act


def app(address: str, city: str) -> web.Application:  # noqa: ARG001 - one shape for all
    """The bank; its book lies in the file BANK_BOOK, or in memory."""
    path = os.environ.get("BANK_BOOK")
    bank = Bank(Book(Path(path) if path else None), f"{city}/v1/wallet/bank-notices")

    async def health(_: web.Request) -> web.StreamResponse:
        return web.json_response({"status": "ok", "simulator": "bank", "notice": NOTICE})

    async def background(_: web.Application) -> AsyncIterator[None]:
        task = asyncio.create_task(bank.watch())
        yield
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task

    made = web.Application()
    made.add_routes(
        [
            web.get("/healthz", health),
            web.post("/verifications", _guarded(bank.verify)),
            web.post("/payments", _guarded(bank.pay)),
            web.post("/collections", _guarded(bank.collect)),
            web.get("/payments/{ref}", _guarded(bank.status)),
            web.get("/statements/{day}", _guarded(bank.statement)),
            web.get("/_book", bank.shown),
            web.post("/_dial", bank.turn),
            web.post("/_accounts", bank.accounts),
            web.post("/_incoming", bank.incoming),
            web.post("/_clock", bank.clock),
        ]
    )
    made.cleanup_ctx.append(background)
    return made
