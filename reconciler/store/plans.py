"""Plans as rows: what a run means to do, action by action, before anything is sent."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, insert, select, update

from reconciler.core.plan import Action, Verdict
from reconciler.errors import Breach
from reconciler.store.codec import edit_out, sides_out
from reconciler.store.compiled import Many
from reconciler.store.json_text import encode
from reconciler.store.tables import ActionRow, PlanRow, of


@dataclass(slots=True)
class Digest:
    """The fingerprint of a plan: its actions in order and the rules' version; no times, no vendor versions."""

    rules_version: int
    _hash: Any = field(default_factory=hashlib.sha256)

    def __post_init__(self) -> None:
        self._hash.update(f"rules {self.rules_version}\n".encode())

    def add(self, action: Action) -> None:
        """Take one more action into account."""
        changes = [(key, change.old, change.new) for key, change in sorted(action.fields.items())]
        parts = (action.do, action.kind, action.side, str(action.ref), changes)
        self._hash.update(encode(parts).encode() + b"\n")

    def text(self) -> str:
        """The fingerprint so far."""
        return str(self._hash.hexdigest())


def open_plan(db: Connection, connection_id: int, rules_version: int, now: datetime) -> int:
    """Begin a plan; its actions follow in order."""
    row = {
        "connection_id": connection_id,
        "digest": "",
        "rules_version": rules_version,
        "made_at": now,
        "status": "making",
        "halted": [],
        "summary": {},
        "decided_by": "",
        "reason": "",
    }
    return db.execute(insert(PlanRow).values(**row).returning(PlanRow.id)).scalar_one()


def add_actions(db: Connection, plan_id: int, connection_id: int, actions: Sequence[Action], seq: int) -> None:
    """Append actions to a plan, numbered from `seq`."""
    _ADD.execute(db, [_row(plan_id, connection_id, a, seq + i) for i, a in enumerate(actions)])


def _row(plan_id: int, connection_id: int, action: Action, seq: int) -> dict[str, Any]:
    return {
        "plan_id": plan_id,
        "connection_id": connection_id,
        "seq": seq,
        "do": action.do.value,
        "kind": action.kind,
        "side": action.side.value,
        "ref": str(action.ref),
        "source": str(action.source or ""),
        "link_id": action.link,
        "fields": {key: {"from": change.old, "to": change.new} for key, change in action.fields.items()},
        "notes": {
            "verdicts": [verdict_out(verdict) for verdict in action.verdicts],
            "proof": dict(action.proof),
            "own_name": action.own_name,
            "causes": {key: change.cause.value for key, change in action.fields.items()},
            "edited": {key: edit_out(edit) for key, edit in action.edits.items()},
            "undoes": action.undoes,
        },
        "why": action.why,
        "ground": {side.value: dict(ground) for side, ground in action.ground.items()},
    }


_ADD = Many(
    insert(of(ActionRow)).inline().values(state="planned", key="", result={}),
    *("plan_id", "connection_id", "seq", "do", "kind", "side", "ref", "source", "link_id"),
    *("fields", "notes", "why", "ground"),
)


def verdict_out(verdict: Verdict) -> dict[str, Any]:
    """How a difference was decided, for the queue."""
    return {
        "field": verdict.field,
        "reason": verdict.reason,
        "winner": verdict.winner.value,
        "values": sides_out(verdict.values),
        "baseline": sides_out(verdict.baseline),
        "edited": {side.value: edit_out(edit) for side, edit in verdict.edits.items() if edit},
        "why": verdict.why,
    }


def close_plan(
    db: Connection,
    plan_id: int,
    digest: str,
    status: str,
    *,
    summary: Mapping[str, Any],
    breaches: Iterable[Breach] = (),
) -> None:
    """Finish making a plan: proposed, held by a guard, or started at once."""
    halted = [asdict(breach) for breach in breaches]
    values = {"digest": digest, "status": status, "halted": halted, "summary": dict(summary)}
    db.execute(update(PlanRow).where(PlanRow.id == plan_id).values(**values))
    if status == "held":
        _supersede(db, plan_id)


def hold(db: Connection, plan_id: int, breaches: Iterable[Breach]) -> None:
    """A guard that could only be asked later (the canary) stops a plan that was started."""
    halted = [asdict(breach) for breach in breaches]
    db.execute(update(PlanRow).where(PlanRow.id == plan_id).values(status="held", halted=halted))
    _supersede(db, plan_id)


def _supersede(db: Connection, plan_id: int) -> None:
    """One plan is held at a time: a person who releases the newest must not find another behind it."""
    table = of(PlanRow)
    connection = select(table.c.connection_id).where(table.c.id == plan_id).scalar_subquery()
    older = (table.c.connection_id == connection) & (table.c.status == "held") & (table.c.id < plan_id)
    db.execute(update(table).where(older).values(status="dropped", reason="A newer plan took its place."))


def drop_older_undos(db: Connection, plan: Any) -> None:
    """What was approved before to take back the same, and waited: this plan holds all that is left of it.

    But for the pairs that the older one has parted already, which no later plan takes up: what it means to do to their
    records is still done.
    """
    scope = _taken_back(plan)
    table = of(PlanRow)
    waiting = (table.c.connection_id == plan.connection_id) & table.c.status.in_(("approved", "started"))
    for older in db.execute(select(table).where(waiting, table.c.id < plan.id)) if scope else ():
        if _taken_back(older) == scope and not _keeps_what_it_parted(db, older.id, _ASKED_AGAIN):
            set_status(db, older.id, "dropped", reason=_ASKED_AGAIN)


_ASKED_AGAIN = "It was asked for again."


def _keeps_what_it_parted(db: Connection, plan_id: int, because: str) -> bool:
    """Leave out whatever a plan has still to do but to the records of pairs that it has parted; false when none is."""
    step, unlink = of(ActionRow), of(ActionRow).alias()
    parting = (unlink.c.plan_id == plan_id) & (unlink.c.do == "unlink") & (unlink.c.state == "settled")
    parted = select(unlink.c.ref).where(parting).union(select(unlink.c.source).where(parting))
    left = (step.c.plan_id == plan_id) & (step.c.state == "planned")
    if db.scalar(select(step.c.id).where(left, step.c.ref.in_(parted)).limit(1)) is None:
        return False
    others = update(step).where(left, step.c.ref.not_in(parted))
    db.execute(others.values(state="skipped", result={"why": because}))
    return True


def _taken_back(plan: Any) -> tuple[Any, ...]:
    undo = plan.summary.get("undo")
    return (undo["run"], undo["record"], undo["field"]) if undo else ()


def set_status(db: Connection, plan_id: int, status: str, **values: Any) -> None:
    """Move a plan on."""
    db.execute(update(PlanRow).where(PlanRow.id == plan_id).values(status=status, **values))


def plan(db: Connection, plan_id: int) -> Any:
    """One plan as it is kept."""
    return db.execute(select(of(PlanRow)).where(PlanRow.id == plan_id)).one()


def plan_by(db: Connection, connection_id: int, digest: str) -> Any | None:
    """The newest plan with this digest (or a prefix of eight characters or more)."""
    query = select(of(PlanRow)).where(PlanRow.connection_id == connection_id, PlanRow.digest.startswith(digest))
    return db.execute(query.order_by(PlanRow.id.desc()).limit(1)).first()


def decided_by(db: Connection, step_id: int) -> int:
    """The version of the rules by which a step was decided."""
    plan, step = of(PlanRow), of(ActionRow)
    query = select(plan.c.rules_version).join(step, step.c.plan_id == plan.c.id).where(step.c.id == step_id)
    return int(db.execute(query).scalar_one())


def approved(db: Connection, connection_id: int) -> Sequence[Any]:
    """What a person has approved and is still to be carried out, or to be finished after a stop; the newest first."""
    table = of(PlanRow)
    unfinished = (table.c.status == "started") & (table.c.decided_by != "")
    query = select(table).where(table.c.connection_id == connection_id, (table.c.status == "approved") | unfinished)
    return db.execute(query.order_by(table.c.id.desc())).all()


def listed(db: Connection, plan_id: int) -> list[dict[str, Any]]:
    """The actions of a plan as `plan --json` prints them."""
    table = of(ActionRow)
    columns = (table.c.do, table.c.kind, table.c.side, table.c.ref, table.c.fields, table.c.why)
    query = select(*columns).where(table.c.plan_id == plan_id).order_by(table.c.seq)
    return [dict(row) for row in db.execute(query).mappings()]


def breach_out(breach: Breach) -> dict[str, Any]:
    """A passed limit as it is printed and kept."""
    return asdict(breach)


def held(db: Connection, connection_id: int) -> Any | None:
    """The plan that a guard holds and nobody has released or dropped."""
    query = select(of(PlanRow)).where(PlanRow.connection_id == connection_id, PlanRow.status == "held")
    return db.execute(query.order_by(PlanRow.id.desc()).limit(1)).first()
