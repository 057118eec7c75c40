"""Loading the demo city into a deployed stack: `python -m infra.seed.load`.

Safe to run again: documents are published only when their version changed, people are enrolled by
their number.
"""

import os

from infra.seed.documents import documents, people, version


def main() -> None:
    """Publish the reference documents and enrol the demo people."""
    from city.adapters.reference import publish
    from city.adapters.settings import settings
    from city.adapters.table_dynamo import DynamoTable
    from city.identity import service as identity
    from city.identity.store import People
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
        )
    print(f"  {len(people())} demo people", flush=True)


if __name__ == "__main__":
    os.environ.setdefault("AWS_REGION", "ap-southeast-1")
    main()
