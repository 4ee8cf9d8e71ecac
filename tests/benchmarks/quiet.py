"""Twenty quiet runs over so many links, in a process of its own: `python -m tests.benchmarks.quiet LINKS` prints JSON.

The links are copies of one that a run has made, multiplied inside the database, so that the memory measured is a run's.
The vendors' SDKs are loaded as in any run; the two sides themselves are in memory and show that nothing has changed.
"""

from __future__ import annotations

import json
import sqlite3
import statistics
import sys
import time
from pathlib import Path

from sqlalchemy import Table

from reconciler import bootstrap
from reconciler.adapters import salesforce, xero
from reconciler.store.tables import LinkRow, RecordRow, of
from tests.benchmarks.worlds import at_rest, database

RUNS = 20
LOADED = (bootstrap, salesforce, xero)
NUMBERS = "WITH RECURSIVE n(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM n WHERE n < {count})"
LINK = {
    "id": "t.id + n",
    "salesforce": "printf('001%012dAAB', n)",
    "xero": "printf('00000000-0000-4000-9000-%012d', n)",
}
RECORD = {
    "id": "t.id + 2 * n",
    "ref": "CASE t.side WHEN 'xero' THEN printf('00000000-0000-4000-9000-%012d', n) ELSE printf('001%012dAAB', n) END",
    "link_id": "t.link_id + n",
    "name_key": "printf('customer %d', n)",
    "partner": "CASE t.side WHEN 'salesforce' THEN printf('00000000-0000-4000-9000-%012d', n) "
    "ELSE printf('001%012dAAB', n) END",
}


def fill(path: str, count: int) -> None:
    """Copy the link and its two records so many times; nothing here need survive a crash."""
    db = sqlite3.connect(path)
    for pragma in ("journal_mode=OFF", "synchronous=OFF"):
        db.execute(f"PRAGMA {pragma}")
    multiply(db, of(LinkRow), LINK, count)
    multiply(db, of(RecordRow), RECORD, count)
    db.execute("ANALYZE")
    db.commit()
    db.close()


def multiply(db: sqlite3.Connection, table: Table, changed: dict[str, str], count: int) -> None:
    """Copy the first rows of a table so many times."""
    names = [column.name for column in table.columns]
    values = ", ".join(changed.get(name, f't."{name}"') for name in names)
    columns = ", ".join(f'"{name}"' for name in names)
    numbers = NUMBERS.format(count=count)
    db.execute(
        f'{numbers} INSERT INTO "{table.name}" ({columns}) SELECT {values} FROM "{table.name}" AS t, n WHERE t.id <= 2'
    )


def main(links: int) -> None:
    """Fill, run, print."""
    with database() as engine:
        bench = at_rest(engine, 1)
        engine.dispose()
        fill(str(engine.url.database), links - 1)
        seconds, own = [], []
        for _ in range(RUNS):
            started, of_core = time.perf_counter(), time.process_time()
            report = bench.run(later=900)
            seconds.append(time.perf_counter() - started)
            own.append(time.process_time() - of_core)
            assert (report["status"], report["calls"]) == ("done", {"salesforce": 1, "xero": 1}), report
    median = {"milliseconds": statistics.median(seconds) * 1000, "of_one_core": statistics.median(own) * 1000}
    print(json.dumps({**median, "megabytes": peak()}))


def peak() -> float:
    """MiB at most of this process alone: what getrusage says counts the parent as it was before the exec."""
    lines = Path("/proc/self/status").read_text("ascii").splitlines()
    return next(int(line.split()[1]) / 1024 for line in lines if line.startswith("VmHWM"))


if __name__ == "__main__":
    main(int(sys.argv[1]))
