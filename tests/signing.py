"""A city's own issuer in memory: keys, trust, and tokens for anybody."""

from datetime import datetime

from city.adapters.table_memory import MemoryTable
from city.adapters.tokens import issue
from city.adapters.trust import Trust
from city.identity.keys import Keys
from city.kernel.people import Principal
from world import SECRET

ISSUER = "http://city.test"
TRUST = Trust(MemoryTable(), ISSUER)
# EdDSA keys are made in microseconds; RS256, the city's own choice, is tested where it matters.
KEYS = Keys(MemoryTable(), TRUST, SECRET, algorithm="EdDSA")


def token(who: Principal, now: datetime) -> str:
    """An access token for `who`."""
    return issue(who, KEYS, now, "jti")
