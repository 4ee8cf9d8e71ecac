"""What both systems themselves tell of a record and its partner, asked now: their own histories, quoted as they stand.

Costs one call a side; reads only, keeps nothing.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from reconciler.core.history import Line
from reconciler.core.model import SIDES, Ref, Side
from reconciler.errors import ReconcilerError, Usage
from reconciler.ports import Gateway
from reconciler.rules import parse
from reconciler.running import Works
from reconciler.store import connections, last_seen, links

AS_FAR_BACK = timedelta(days=540)  # Salesforce keeps field history for eighteen months


@dataclass(frozen=True, slots=True)
class Told:
    """One side's lines, newest first; `missing` says why there are none to be had."""

    ref: Ref
    lines: tuple[Line, ...] = ()
    missing: str = ""

    def as_json(self) -> dict[str, Any]:
        """One side of the document that `history --json` prints."""
        lines = [
            {"at": line.at.isoformat(), "by": line.by, "field": line.field, "text": line.text} for line in self.lines
        ]
        return {"ref": str(self.ref), "lines": lines, "missing": self.missing}


def histories(works: Works, connection_id: int, ref: Ref) -> Mapping[Side, Told]:
    """Ask both sides; one that cannot be asked keeps nothing from the other.  Usage for a record never read."""
    with works.engine.connect() as db:
        seen = last_seen.find(db, connection_id, [ref]).get(ref)
        connection = connections.load(db, connection_id, works.clock.now())
        pair = links.partners(db, [seen.link]).get(seen.link, {}) if seen and seen.link else {}
    if seen is None:
        raise Usage(f"{ref} has never been read.", remedy="Check the id; a record is known once a sync has read it.")
    gateways = works.gateways(connection, parse(connection.document), works.clock)
    refs = {**pair, ref.side: ref}
    since = works.clock.now() - AS_FAR_BACK
    return {side: _ask(gateways[side], seen.record.kind, refs[side], since) for side in SIDES if side in refs}


def _ask(gateway: Gateway, kind: str, ref: Ref, since: datetime) -> Told:
    try:
        lines = gateway.history(kind, [ref.id], since)
    except ReconcilerError as error:
        return Told(ref, missing=str(error))
    return Told(ref, tuple(sorted(lines, key=lambda line: line.at, reverse=True)))
