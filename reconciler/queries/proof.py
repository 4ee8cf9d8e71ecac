"""The proof of opt-in: every record that Concord ever wrote, and by whose say it was shared when it was written."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from reconciler.queries import actions
from reconciler.queries.rows import Page, page
from reconciler.store.tables import ActionRow, PlanRow

# Linking is sharing too; parting is not, and needs no proof.
SHARES = ("create", "update", "retire", "adopt", "stamp")


@dataclass(frozen=True, slots=True)
class ProofView:
    """One write with its proof: the checkbox or rule, its value, and the version of the record it was read from."""

    id: int
    at: datetime | None
    run: int | None
    do: str
    kind: str
    side: str
    ref: str
    name: str
    proof: Mapping[str, Any]
    rules_version: int

    @property
    def holds(self) -> bool:
        """Whether the record was opted in when it was written."""
        return bool(self.proof.get("value")) or self.proof.get("rule") == "xero: all"

    @property
    def text(self) -> str:
        """The proof as a sentence."""
        if "rule" in self.proof:
            groups = ", ".join(self.proof.get("value") or []) or "none"
            return f"{self.proof['ref']} was admitted by {self.proof['rule']}; its groups: {groups}"
        flag, value, ref, version = (self.proof.get(name, "") for name in ("flag", "value", "ref", "version"))
        return f"{flag} was {'set' if value else 'not set'} on {ref}, version {version}"


def proofs(session: Session, connection_id: int, after: int | None = None, limit: int = 100) -> Page[ProofView]:
    """Every write that was carried out, newest first."""
    query = (
        select(ActionRow, PlanRow.rules_version)
        .join(PlanRow, PlanRow.id == ActionRow.plan_id)
        .where(ActionRow.connection_id == connection_id, ActionRow.state == "settled", ActionRow.do.in_(SHARES))
    )
    if after is not None:
        query = query.where(ActionRow.id < after)
    rows = session.execute(query.order_by(ActionRow.id.desc()).limit(limit + 1)).all()
    names = actions.names(session, connection_id, [row.ref for row, _ in rows])
    return page([_view(row, version, names) for row, version in rows], limit)


def _view(row: ActionRow, version: int, names: Mapping[str, str]) -> ProofView:
    return ProofView(
        row.id,
        row.settled_at,
        row.run_id,
        row.do,
        row.kind,
        row.side,
        row.ref,
        names.get(row.ref, ""),
        row.notes.get("proof", {}),
        version,
    )


def as_json(found: ProofView) -> dict[str, Any]:
    """One write in the shape of `proof --json`."""
    return {
        "id": found.id,
        "at": found.at.isoformat() if found.at else None,
        "run": found.run,
        "do": found.do,
        "kind": found.kind,
        "side": found.side,
        "ref": found.ref,
        "proof": dict(found.proof),
        "holds": found.holds,
        "rules_version": found.rules_version,
    }
