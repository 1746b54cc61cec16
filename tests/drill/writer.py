"""A writer that is meant to be killed: one act per line it is told, the line echoed only after the commit."""

import sys
from datetime import UTC, datetime

from data.store import Store
from services.act import Act, once, record


def main(address: str) -> None:
    store = Store.open(address)
    sys.stdout.write("ready\n")
    sys.stdout.flush()
    for line in sys.stdin:
        key = line.strip()
        with store.unit() as unit:
            act = Act(actor="drill", at=datetime.now(UTC), request_id=key)

            def write(key: str = key, act: Act = act) -> str:
                record(unit, act, "drill.write", key=key)
                return key

            once(unit, act, "drill.write", key, write)
        sys.stdout.write(f"{key}\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main(sys.argv[1])
