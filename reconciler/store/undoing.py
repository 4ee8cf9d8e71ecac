"""What a run has carried out, read back for taking it back; and the plan that does so, kept like any other.

What is refused when it is to be taken back is known by its step: no merge means it, and another step tries it again.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, func, insert, select

from reconciler.core import guard
from reconciler.core.guard import Effects
from reconciler.core.model import LinkState, Ref, Side
from reconciler.core.plan import Ask, Do
from reconciler.core.schema import Rules
from reconciler.core.undo import Done, Scope, take_back
from reconciler.errors import Breach
from reconciler.store import link_states, links, plans
from reconciler.store.codec import fields_in, value_in
from reconciler.store.tables import ActionRow, PlanRow, RunRow, of

BATCH = 500
_OUTCOME = {"id", "run_id", "request", "token", "intended_at", "settled_at"}
_LEFT = {"open": ("refused",), "retrying": ("planned", "intended")}  # the state of a step, by that of its rejection


@dataclass(frozen=True, slots=True)
class Proposal:
    """A stored plan that takes something back."""

    plan_id: int
    digest: str
    breaches: tuple[Breach, ...]
    left: Sequence[Mapping[str, str]]
    by_hand: Sequence[Mapping[str, Any]]
    actions: int


def carried_out(db: Connection, run_id: int, kind: str) -> list[Done]:
    """The steps of one kind that a run has carried out, in the order they were settled."""
    table = of(ActionRow)
    query = select(table).where(table.c.run_id == run_id, table.c.state == "settled", table.c.kind == kind)
    return [_done(row) for row in db.execute(query.order_by(table.c.settled_at, table.c.id))]


def _done(row: Any) -> Done:
    shown = fields_in(row.result.get("reshaped") or {})
    return Done(
        Do(row.do),
        Side(row.side),
        Ref.parse(row.ref),
        row.link_id,
        {key: value_in(change["from"]) for key, change in row.fields.items()},
        {key: value_in(change["to"]) for key, change in row.fields.items()} | shown,
    )


def propose(db: Connection, connection_id: int, rules: Rules, scope: Scope, now: datetime) -> Proposal:
    """Work out what takes this back and keep it as a plan, as yet only proposed."""
    version = rules.version
    by_hand: list[dict[str, Any]] = []
    plan_id = plans.open_plan(db, connection_id, version, now)
    digest, effects, total = plans.Digest(version), Effects(), 0
    left: list[dict[str, str]] = []
    for kind, rule in rules.kinds.items():
        done = carried_out(db, scope.run, kind)
        found = take_back(done, _standing(db, done, now), rule, scope)
        plans.add_actions(db, plan_id, connection_id, found.actions, total)
        total += len(found.actions)
        effects.add(found.actions)
        for action in found.actions:
            digest.add(action)
        left += [{"ref": str(each.ref), "field": each.field, "why": each.why} for each in found.left]
        by_hand += [_asked(kind, ask) for ask in found.by_hand]
    limits = {kind: rule.limits for kind, rule in rules.kinds.items()}
    breaches = guard.breaches(effects, limits, links.count(db, connection_id))
    undo = {"run": scope.run, "record": str(scope.record or ""), "field": scope.field, "left": left, "by_hand": by_hand}
    summary = {"actions": total, "conflicts": 0, "questions": len(by_hand), "undo": undo}
    plans.close_plan(db, plan_id, digest.text(), "proposed", summary=summary, breaches=breaches)
    return Proposal(plan_id, digest.text(), breaches, left, by_hand, total)


def _asked(kind: str, ask: Ask) -> dict[str, Any]:
    refs, choices = [str(ref) for ref in ask.refs], list(ask.choices)
    return {"type": ask.type, "kind": kind, "about": str(ask.about), "refs": refs, "choices": choices, "text": ask.text}


def _standing(db: Connection, done: Sequence[Done], now: datetime) -> dict[int, LinkState]:
    ids = sorted({step.link for step in done if step.link is not None})
    found: dict[int, LinkState] = {}
    for start in range(0, len(ids), BATCH):
        found |= {state.id: state for state in link_states.load(db, ids[start : start + BATCH], now) if state.id}
    return found


def takes_back(db: Connection, rejection: Any) -> bool:
    """Whether what was refused was to take something back."""
    return _step(db, rejection) is not None


def left_to_do(db: Connection, rejection: Any) -> Any | None:
    """The step that was to take something back when this was refused, while it may be done still; else None."""
    step = _step(db, rejection)
    return step if step is not None and _is_left(step, rejection) else None


def _step(db: Connection, rejection: Any) -> Any | None:
    """The newest step onto a record that meant what this rejection is about, if it was to take something back."""
    step, plan = of(ActionRow), of(PlanRow)
    columns = (step.c.id, step.c.state, step.c.fields, step.c.notes, step.c.plan_id, plan.c.status.label("plan_status"))
    about = (step.c.connection_id == rejection.connection_id) & (step.c.ref == rejection.ref)
    query = select(*columns).join(plan, plan.c.id == step.c.plan_id).where(about, step.c.do.in_(("update", "retire")))
    for row in db.execute(query.order_by(step.c.id.desc())):
        meant = {key: change["to"] for key, change in row.fields.items()}
        if all(meant.get(key) == value for key, value in rejection.attempted.items()):
            return row if row.notes.get("undoes") else None
    return None


def _is_left(step: Any, rejection: Any) -> bool:
    return step.state in _LEFT[rejection.status] and step.plan_status != "dropped"


def was_last(db: Connection, connection_id: int) -> bool:
    """Whether the newest run that has ended took something back."""
    run, plan = of(RunRow), of(PlanRow)
    ended = select(plan.c.summary).select_from(run.outerjoin(plan, plan.c.id == run.c.plan_id))
    ended = ended.where(run.c.connection_id == connection_id, run.c.finished_at.is_not(None))
    return "undo" in (db.scalar(ended.order_by(run.c.id.desc()).limit(1)) or {})


def try_again(db: Connection, rejection: Any) -> None:
    """Have what was refused when it was to be taken back tried once more, if that is left to do."""
    refused = left_to_do(db, rejection)
    if refused is not None and refused.state == "refused":
        table = of(ActionRow)
        step = db.execute(select(table).where(table.c.id == refused.id)).mappings().one()
        last = db.scalar(select(func.max(table.c.seq)).where(table.c.plan_id == refused.plan_id))
        again = {name: value for name, value in step.items() if name not in _OUTCOME}
        db.execute(insert(table).values(**again | {"seq": last + 1, "state": "planned", "key": "", "result": {}}))
        plans.set_status(db, refused.plan_id, "started")


def ended(db: Connection, rejection: Any, now: datetime) -> dict[str, Any]:
    """What a further try has made of a refusal to take something back; nothing while that try is still to come."""
    step = _step(db, rejection)
    if step is None or _is_left(step, rejection):
        return {}
    return {"status": "closed", "closed_at": now, "closed_because": _how_ended(step)}


def _how_ended(step: Any) -> str:
    if step.state == "settled":
        return "It was taken back."
    if step.plan_status == "dropped":
        return "The plan that was to take it back was given up: have it taken back once more."
    return "It is no longer as it was to be taken back."
