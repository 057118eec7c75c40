"""Which channels a city has: whatever its settings name. Web push needs nobody's leave."""

import json
from urllib.parse import unquote, urlsplit

from city.adapters.settings import Settings
from city.fanout import fcm
from city.fanout.email import EmailChannel, MailServer
from city.fanout.outgoing import Outgoing
from city.fanout.sending import Channel, WebPush
from city.fanout.smpp import SmppChannel, SmppLink, Smsc
from city.fanout.sms import HttpGateway, SmsRules
from city.fanout.webpush import Vapid

SMPP_PORT = {"smpp": 2775, "smpps": 3550}


def channels(told: Settings, out: Outgoing, vapid: Vapid, sms: SmsRules) -> dict[str, Channel]:
    """The channels by the name that devices have."""
    made: dict[str, Channel] = {"webpush": WebPush(out, vapid)}
    if told.fcm_account:
        account = json.loads(told.fcm_account)
        made["fcm"] = fcm.Fcm(out, account, told.fcm_url or fcm.BASE)
    if told.sms_url:
        made["sms"] = _sms(told, out, sms)
    if told.smtp_url:
        server = MailServer(told.smtp_url, told.mail_from)
        made["email"] = EmailChannel(out, server, told.public_base_url)
    return made


def _sms(told: Settings, out: Outgoing, rules: SmsRules) -> Channel:
    """`smpp://account@host:port` or `smpps://…`, its password apart; or a gateway's `https://…`."""
    parts = urlsplit(told.sms_url)
    if parts.scheme not in SMPP_PORT:
        return HttpGateway(out, told.sms_url, told.sms_key, rules, told.public_base_url)
    smsc = Smsc(
        host=parts.hostname or "",
        port=parts.port or SMPP_PORT[parts.scheme],
        system_id=unquote(parts.username or ""),
        password=told.sms_key,
        tls=parts.scheme == "smpps",
    )
    return SmppChannel(out, SmppLink(smsc), smsc, rules, told.public_base_url)
