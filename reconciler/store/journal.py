"""The journal: the steps of a plan, what was intended before it was sent, and how it ended."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import Connection, bindparam, func, literal_column, select, update

from reconciler.core.model import SIDES, Ref, Side
from reconciler.store.codec import SIDE, as_text, fields_in, value_in
from reconciler.store.compiled import Many, Rows, among
from reconciler.store.json_text import decode
from reconciler.store.tables import ActionRow, of
from reconciler.store.types import time_in

ANY_NUMBER = 2**62


class Step(NamedTuple):
    """An action as it stands in the journal.  `fields[key]` is {"from", "to"}; `ground[side]` what it rests on."""

    id: int
    do: str
    kind: str
    side: Side
    ref: Ref
    source: Ref | None
    link: int | None
    fields: Mapping[str, Mapping[str, Any]]
    ground: Mapping[str, Any]
    notes: Mapping[str, Any]
    state: str
    run_id: int | None
    intended_at: datetime | None
    why: str = ""


def steps(
    db: Connection, plan_id: int, do: Iterable[str], side: Side | None, limit: int | None = None, state: str = "planned"
) -> list[Step]:
    """The steps of a plan that are still to be done, in order."""
    sides = [side.value] if side else [each.value for each in SIDES]
    given = {"plan": plan_id, "now_is": state, "dos": list(do), "sides": sides, "most": limit or ANY_NUMBER}
    return list(map(_step, _STEPS.all(db, **given)))


def next_steps(
    db: Connection, plan_id: int, do: Sequence[str], side: Side, records: int, after: int
) -> tuple[list[Step], int]:
    """The steps onto the next so many records beyond `after`, in order, and where the ones after these begin.

    The steps onto one record are one write and stand near each other, perhaps with others between them.
    """
    rows = _NEXT.all(db, plan=plan_id, on_side=side.value, dos=do, after=after, most=records * 3 // 2)
    refs = set(list(dict.fromkeys(row.ref for row in rows))[:records])
    left = [row.seq for row in rows if row.ref not in refs]
    taken = [_step(row) for row in rows if row.ref in refs]
    return taken, min(left) - 1 if left else rows[-1].seq if rows else after


_ACTION = of(ActionRow)
_PLAIN = ("id", "do", "kind", "side", "ref", "source", "link_id", "state", "why", "run_id", "intended_at")
_STEP = [*(_ACTION.c[name] for name in _PLAIN), *(as_text(_ACTION.c[name]) for name in ("fields", "ground", "notes"))]
_IN_DOUBT = Rows(
    select(*_STEP)
    # To the letter, or the partial index is not used.
    .where(_ACTION.c.connection_id == bindparam("connection"), _ACTION.c.state == literal_column("'intended'"))
    .order_by(_ACTION.c.id)
)
_STEPS = Rows(
    select(*_STEP)
    .where(_ACTION.c.plan_id == bindparam("plan"), _ACTION.c.state == bindparam("now_is"))
    .where(among(_ACTION.c.do, "dos"), among(_ACTION.c.side, "sides"))
    .order_by(_ACTION.c.seq)
    .limit(bindparam("most"))
)
_NEXT = Rows(
    select(*_STEP, _ACTION.c.seq)
    .where(
        _ACTION.c.plan_id == bindparam("plan"),
        _ACTION.c.seq > bindparam("after"),
        _ACTION.c.state == "planned",
        _ACTION.c.side == bindparam("on_side"),
        among(_ACTION.c.do, "dos"),
    )
    .order_by(_ACTION.c.seq)
    .limit(bindparam("most"))
)


def records(db: Connection, plan_id: int, do: Sequence[str], side: Side) -> int:
    """How many records the steps still to be done are onto."""
    mine = (_ACTION.c.plan_id == plan_id, _ACTION.c.state == "planned", _ACTION.c.side == side.value)
    found: int = db.scalar(select(func.count(_ACTION.c.ref.distinct())).where(*mine, _ACTION.c.do.in_(list(do)))) or 0
    return found


def intended(db: Connection, connection_id: int) -> list[Step]:
    """Steps that were sent, or about to be, when their run ended: their outcome is unknown."""
    return list(map(_step, _IN_DOUBT.all(db, connection=connection_id)))


def _step(row: Any) -> Step:
    return Step(
        id=row.id,
        do=row.do,
        kind=row.kind,
        side=SIDE[row.side],
        ref=Ref.parse(row.ref),
        source=Ref.parse(row.source) if row.source else None,
        link=row.link_id,
        fields={key: fields_in(change) for key, change in decode(row.fields).items()},
        ground=decode(row.ground),
        notes=decode(row.notes),
        state=row.state,
        run_id=row.run_id,
        intended_at=time_in(row.intended_at) if row.intended_at else None,
        why=row.why,
    )


def intend(db: Connection, parts: Mapping[int, bytes], run_id: int, token: int, key: str, now: datetime) -> None:
    """Write down what is about to be sent, byte for byte, before it is sent."""
    same = {"new_run_id": run_id, "new_token": token, "new_key": key, "new_intended_at": now, "new_state": "intended"}
    _INTEND.execute(db, [same | {"action": action, "new_request": part} for action, part in parts.items()])


def ending(step: Step, state: str, link: int | None = None, result: Mapping[str, Any] | None = None) -> dict[str, Any]:
    """How one step ended, for `end`; a link that the step did not have yet is noted with it."""
    ended: dict[str, Any] = {"action": step.id, "new_state": state, "new_result": result or {}}
    return ended | {"new_link_id": link} if link and link != step.link else ended


def not_done(step: Step, state: str) -> dict[str, Any]:
    """How a step ended that has written nothing, though its ground may stand.

    Merging never finds again what a person asked to have taken back: that step is done once more.
    """
    return ending(step, "planned") if step.notes.get("undoes") else ending(step, state)


def end(db: Connection, ends: Sequence[Mapping[str, Any]], now: datetime, run_id: int) -> None:
    """End steps, each as `ending` says."""
    same = {"new_settled_at": now, "new_run_id": run_id}
    linked = [{**ended, **same} for ended in ends if "new_link_id" in ended]
    others = [{**ended, **same} for ended in ends if "new_link_id" not in ended]
    _END.execute(db, others)
    _END_LINKED.execute(db, linked)


def _updating(columns: str) -> Many:
    values: dict[str, Any] = {column: bindparam(f"new_{column}") for column in columns.split()}
    return Many(update(_ACTION).where(_ACTION.c.id == bindparam("action")).values(values))


_INTEND = _updating("request run_id token key intended_at state")
_END = _updating("state result settled_at run_id")
_END_LINKED = _updating("state result settled_at run_id link_id")


def counts(db: Connection, run_id: int) -> dict[str, dict[str, int]]:
    """What a run has had acknowledged: {do: {side: n}}, every kind of action named."""
    found = {do: {side.value: 0 for side in Side} for do in ("create", "update", "retire", "adopt", "stamp")}
    query = select(ActionRow.do, ActionRow.side, func.count()).where(
        ActionRow.run_id == run_id, ActionRow.state == "settled"
    )
    for do, side, number in db.execute(query.group_by(ActionRow.do, ActionRow.side)):
        if do in found:  # links that a person parted are in our own books only
            found[do][side] = number
    return found


def beside(db: Connection, connection_id: int, step: Step, ref: Ref) -> dict[str, tuple[Any, Any]]:
    """What the plan of this step has written to another record: per field what stood there, and what it wrote."""
    same_plan = select(_ACTION.c.plan_id).where(_ACTION.c.id == step.id).scalar_subquery()
    about = (_ACTION.c.connection_id == connection_id, _ACTION.c.ref == str(ref), _ACTION.c.plan_id == same_plan)
    written = db.scalars(select(_ACTION.c.fields).where(*about, _ACTION.c.state == "settled"))
    return {
        key: (value_in(change["from"]), value_in(change["to"])) for fields in written for key, change in fields.items()
    }


def undone(db: Connection, plan_id: int) -> int:
    """How many steps of a plan are still to be done."""
    query = (
        select(func.count())
        .select_from(ActionRow)
        .where(ActionRow.plan_id == plan_id, ActionRow.state.in_(("planned", "intended")))
    )
    return int(db.scalar(query) or 0)
