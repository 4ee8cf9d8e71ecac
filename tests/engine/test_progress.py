"""How far a run is, as whoever watches it is told."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import Connection

from reconciler import running
from tests.engine.bench import Bench, S

EDITED = 7


def test_a_run_tells_how_many_records_it_has_written_and_of_how_many(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    heard: list[tuple[str, int, int]] = []

    def hear(_self: Any, _db: Connection, step: str, done: int, of_all: int) -> None:
        heard.append((step, done, of_all))

    accounts = [bench.linked(f"Customer {number}", phone="+64 9 1")[0] for number in range(EDITED)]
    for account in accounts:
        bench.edit(S, account, phone="+64 9 2", fax="+64 9 3")
    monkeypatch.setattr(running._Progress, "__call__", hear)
    bench.run()
    written = [(done, of_all) for step, done, of_all in heard if step == "writing xero"]
    assert written[-1] == (EDITED, EDITED)
    assert {of_all for _, of_all in written} == {EDITED}
