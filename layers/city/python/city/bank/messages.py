"""ISO 20022 messages in JSON, the parts of them that are used here: names are the standard's.

| message | here |
|---|---|
| pain.001 CustomerCreditTransferInitiation | pay out of the guarantee account |
| pain.008 CustomerDirectDebitInitiation | collect into it, by the mandate given at linking |
| pain.002 CustomerPaymentStatusReport | what became of either (`TxSts` ACSC, PDNG, RJCT) |
| acmt.023/024 IdentificationVerification | whether an account is in a person's name |
| camt.053 BankToCustomerStatement | the day's book |
| camt.054 BankToCustomerDebitCreditNotification | news of one booking |

The shape is the standard's; the exact profile of a Vietnamese bank is not public, so a real
adapter will differ in which optional parts it wants.
"""

import re
from datetime import date, datetime
from typing import Any

from pydantic import AliasPath, BaseModel, Field, ValidationError

from city.bank.port import Answer, BankAccount, Instruction, Line, Pending, Rejected, Settled
from city.kernel.clock import HUE, stamp

CURRENCY, PROVIDER = "VND", "Hue-S sandbox"
_WHOLE = re.compile(r"[0-9]{1,13}")
Json = dict[str, Any]


class Unclear(Exception):
    """It is not the agreed message."""


def amount(vnd: int) -> Json:
    """ActiveCurrencyAndAmount."""
    return {"Ccy": CURRENCY, "Value": str(vnd)}


def whole(told: Any) -> int:
    """An amount in whole đồng.

    Raises:
        Unclear: another currency, or not a whole number.
    """
    good = isinstance(told, dict) and told.get("Ccy") == CURRENCY
    value = told.get("Value") if good else None
    if not isinstance(value, str) or not value.isascii() or not _WHOLE.fullmatch(value):
        raise Unclear("amount")
    return int(value)


def _account(of: BankAccount) -> tuple[Json, Json]:
    agent = {"FinInstnId": {"ClrSysMmbId": {"MmbId": of.bank_bin}}}
    return agent, {"Id": {"Othr": {"Id": of.account}}}


def _header(wanted: Instruction) -> Json:
    return {
        "MsgId": wanted.ref,
        "CreDtTm": stamp(wanted.at),
        "NbOfTxs": "1",
        "CtrlSum": str(wanted.amount_vnd),
        "InitgPty": {"Nm": PROVIDER},
    }


def credit_transfer(wanted: Instruction) -> Json:
    """pain.001: one payment out."""
    agent, account = _account(wanted.other)
    one = {
        "PmtId": {"EndToEndId": wanted.ref},
        "Amt": {"InstdAmt": amount(wanted.amount_vnd)},
        "CdtrAgt": agent,
        "Cdtr": {"Nm": wanted.other.holder},
        "CdtrAcct": account,
        "RmtInf": {"Ustrd": [wanted.memo]},
    }
    batch = {"PmtInfId": wanted.ref, "PmtMtd": "TRF", "CdtTrfTxInf": [one]}
    return {"CstmrCdtTrfInitn": {"GrpHdr": _header(wanted), "PmtInf": [batch]}}


def direct_debit(wanted: Instruction) -> Json:
    """pain.008: one collection in."""
    agent, account = _account(wanted.other)
    one = {
        "PmtId": {"EndToEndId": wanted.ref},
        "InstdAmt": amount(wanted.amount_vnd),
        "DrctDbtTx": {"MndtRltdInf": {"MndtId": f"{wanted.other.bank_bin}{wanted.other.account}"}},
        "DbtrAgt": agent,
        "Dbtr": {"Nm": wanted.other.holder},
        "DbtrAcct": account,
        "RmtInf": {"Ustrd": [wanted.memo]},
    }
    batch = {"PmtInfId": wanted.ref, "PmtMtd": "DD", "DrctDbtTxInf": [one]}
    return {"CstmrDrctDbtInitn": {"GrpHdr": _header(wanted), "PmtInf": [batch]}}


def verification(account: BankAccount, message_id: str, at: datetime) -> Json:
    """acmt.023: is this account in this name?"""
    agent, number = _account(account)
    party = {"Pty": {"Nm": account.holder}, "Acct": number, "Agt": agent}
    one = {"Id": message_id, "PtyAndAcctId": party}
    return {
        "IdVrfctnReq": {"Assgnmt": {"MsgId": message_id, "CreDtTm": stamp(at)}, "Vrfctn": [one]}
    }


_REPORT = ("CstmrPmtStsRpt", "OrgnlPmtInfAndSts", 0, "TxInfAndSts", 0)


class _Report(BaseModel):
    ref: str = Field(validation_alias=AliasPath(*_REPORT, "OrgnlEndToEndId"))
    status: str = Field(validation_alias=AliasPath(*_REPORT, "TxSts"))
    reason: str = Field("", validation_alias=AliasPath(*_REPORT, "StsRsnInf", 0, "Rsn", "Cd"))
    bank_ref: str = Field("", validation_alias=AliasPath(*_REPORT, "AcctSvcrRef"))
    amount: Json = Field(validation_alias=AliasPath(*_REPORT, "OrgnlTxRef", "Amt", "InstdAmt"))


def report(told: Any) -> tuple[str, int, Answer]:
    """pain.002: reference, amount and what became of it.

    Raises:
        Unclear: not one of the agreed statuses.
    """
    try:
        found = _Report.model_validate(told)
        sum_vnd = whole(found.amount)
        if found.status == "ACSC":
            return found.ref, sum_vnd, Settled(bank_ref=found.bank_ref)
    except ValidationError as fault:
        raise Unclear("report") from fault
    if found.status == "RJCT" and found.reason:
        return found.ref, sum_vnd, Rejected(code=found.reason)
    if found.status == "PDNG":
        return found.ref, sum_vnd, Pending()
    raise Unclear("status")


class _Entry(BaseModel):
    amt: Json = Field(alias="Amt")
    way: str = Field(alias="CdtDbtInd", pattern="^(CRDT|DBIT)$")
    at: datetime = Field(validation_alias=AliasPath("BookgDt", "DtTm"))
    bank_ref: str = Field(alias="AcctSvcrRef", min_length=1)
    ref: str = Field(
        "", validation_alias=AliasPath("NtryDtls", 0, "TxDtls", 0, "Refs", "EndToEndId")
    )
    memo: str = Field(
        "", validation_alias=AliasPath("NtryDtls", 0, "TxDtls", 0, "RmtInf", "Ustrd", 0)
    )

    def line(self) -> Line:
        """In our words."""
        sign = 1 if self.way == "CRDT" else -1
        told = {"ref": self.ref, "bank_ref": self.bank_ref, "at": self.at, "memo": self.memo}
        return Line.model_validate({**told, "amount_vnd": sign * whole(self.amt)})


def statement_parts(told: Any, day: date) -> tuple[int, int, tuple[Line, ...]]:
    """camt.053: opening, closing and the lines between, which must add up.

    Raises:
        Unclear: another day, incomplete, or sums that do not agree.
    """
    try:
        one = told["BkToCstmrStmt"]["Stmt"][0]
        if one["FrToDt"]["FrDt"] != day.isoformat():
            raise Unclear("another day")
        balances = {b["Tp"]["CdOrPrtry"]["Cd"]: _signed(b) for b in one["Bal"]}
        lines = tuple(_Entry.model_validate(each).line() for each in one["Ntry"])
        opening, closing = balances["OPBD"], balances["CLBD"]
    except (KeyError, IndexError, TypeError, ValidationError) as fault:
        raise Unclear("statement") from fault
    if any(line.at.astimezone(HUE).date() != day for line in lines):
        raise Unclear("a line of another day")
    if opening + sum(line.amount_vnd for line in lines) != closing:
        raise Unclear("the sums do not agree")
    return opening, closing, lines


def _signed(balance: Json) -> int:
    return whole(balance["Amt"]) * (1 if balance["CdtDbtInd"] == "CRDT" else -1)


def notification(told: Any) -> Line:
    """camt.054: one booking on the guarantee account.

    Raises:
        Unclear: not that.
    """
    try:
        entry = told["BkToCstmrDbtCdtNtfctn"]["Ntfctn"][0]["Ntry"][0]
        return _Entry.model_validate(entry).line()
    except (KeyError, IndexError, TypeError, ValidationError) as fault:
        raise Unclear("notification") from fault
