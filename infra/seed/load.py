"""Loading the demo city into a deployed stack: `python -m infra.seed.load`.

Safe to run again: documents are published only when their version changed, people are enrolled by
their number.
"""

import os

from city.adapters.table import Put, Row
from city.identity.store import People

from infra.seed import (
    load_alerts,
    load_cameras,
    load_cases,
    load_fanout,
    load_indicators,
    load_merchants,
    load_partners,
    load_sensing,
    load_tourism,
    load_vessels,
    load_wallets,
)
from infra.seed.documents import documents, people, version

UNVERIFIED = {"+84900000005"}  # somebody for whom verifying can be tried


def main() -> None:
    """Publish the reference documents and enrol the demo people."""
    from city.adapters.reference import publish
    from city.adapters.settings import settings
    from city.adapters.table_dynamo import DynamoTable
    from city.identity import service as identity
    from city.kernel.clock import utc_now
    from city.kernel.people import Role

    region = settings().region
    directory = DynamoTable(settings().table("directory"), region)
    made = documents()
    current = directory.get("REFERENCE", "CURRENT")
    if current is None or current.doc["version"] != version(made):
        publish(directory, made, version(made))
        print(f"  reference data {version(made)}: {', '.join(made)}", flush=True)
    held = People(DynamoTable(settings().table("identity"), region))
    for person in people():
        identity.enrol(
            held,
            phone=person["phone"],
            name=person["name"],
            roles=[Role(role) for role in person["roles"]],
            unit=person["unit"],
            secret=settings().token_secret,
            now=utc_now(),
            verified=person["phone"] not in UNVERIFIED,
        )
    _roles(held)
    load_sensing.main()
    load_alerts.main()
    load_tourism.main()
    load_indicators.main()
    known = {account.phone: account.id for account in held.demo()}
    load_fanout.main(known)
    load_merchants.main(known)
    load_vessels.main(known)
    load_cameras.main()
    load_cases.main(known)
    load_partners.main()
    load_wallets.main(known)
    print(f"  {len(people())} demo people", flush=True)


def _roles(held: People) -> None:
    """The demo people's roles as grants, like anybody's: `identity` hears of them by event."""
    import secrets

    from city.adapters.reference import reference
    from city.adapters.settings import settings
    from city.adapters.stores import outbox, table
    from city.grants.service import Office, seed
    from city.grants.store import Grants
    from city.kernel.clock import utc_now
    from city.kernel.ids import new_id

    done = table("grants").get("SEEDED", version({"people": people()}))
    if done:
        return
    office = Office(
        Grants(table("grants"), outbox("grants")), reference(), settings().token_secret,
        utc_now(), new_id, secrets.randbelow,
    )  # fmt: skip
    known = {account.phone: account.id for account in held.demo()}
    for person in people():
        for role in set(person["roles"]) - {"citizen"}:
            seed(office, known[person["phone"]], role, person["unit"])
    table("grants").commit(Put(Row("SEEDED", version({"people": people()}))))


if __name__ == "__main__":
    os.environ.setdefault("AWS_REGION", "ap-southeast-1")
    main()
