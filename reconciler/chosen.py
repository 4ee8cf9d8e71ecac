"""Which plan a run carries out: the one asked for, one that a person has approved, or none, and by which rules."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy import Connection, select

from reconciler.core.model import Side
from reconciler.core.schema import KindRule
from reconciler.errors import Stale, Usage
from reconciler.rules import understood
from reconciler.steps.context import Context
from reconciler.steps.writing import VENDOR_STEPS
from reconciler.store import connections, plans
from reconciler.store.tables import ActionRow, PlanRow, of


def plan(db: Connection, ctx: Context, digest: str, *, by: str, reason: str) -> Any | None:
    """The plan of this digest; without one the plan that a person has approved; None for whatever waits."""
    return _asked_for(db, ctx, digest, by, reason) if digest else _approved(db, ctx)


def _asked_for(db: Connection, ctx: Context, digest: str, by: str, reason: str) -> Any:
    """The plan of this digest, approved by asking for it; Usage or Stale when it cannot be carried out."""
    plan = plans.plan_by(db, ctx.connection.id, digest)
    if plan is None:
        raise Usage(f"There is no plan {digest!r} for this connection.", remedy="Make one with `plan`.")
    if not ctx.connection.activated:
        raise Usage("This connection is read-only.", remedy="Activate it first: a plan is carried out only then.")
    if plan.status == "held" and not reason:
        raise Usage("This plan is held by a guard.", remedy="Release it with --reason TEXT.")
    if plan.status not in {"proposed", "held", "approved", "started"}:
        raise Usage(f"This plan is {plan.status} already.", remedy="Make a new one with `plan`.")
    if plan.rules_version != ctx.connection.rules_version:
        raise Stale("The rules have changed since this plan was made.", moved=("the rules",), remedy="Make a new plan.")
    plans.set_status(db, plan.id, "approved", decided_by=by, reason=reason, decided_at=ctx.clock.now())
    return plan


def _approved(db: Connection, ctx: Context) -> Any | None:
    """A plan approved in the portal, or one whose run was stopped half-way; dropped if the rules have changed since."""
    first = goes_first(db, ctx)
    for plan in plans.approved(db, ctx.connection.id):
        if not _rules_stand(db, ctx, plan):
            plans.set_status(db, plan.id, "dropped", reason="The rules have changed since it was approved.")
    return first


def goes_first(db: Connection, ctx: Context) -> Any | None:
    """The plan approved before that the next run carries out instead of a new one; None when there is none.

    Of several it is the newest that need not wait for a side.
    """
    standing = (plan for plan in plans.approved(db, ctx.connection.id) if _rules_stand(db, ctx, plan))
    return next((plan for plan in standing if not _waits(db, ctx, plan)), None)


def _rules_stand(db: Connection, ctx: Context, plan: Any) -> bool:
    """Whether a plan was made by the rules of today; another schedule decides nothing about a record."""
    made_by, now = plan.rules_version, ctx.connection.rules_version
    return made_by == now or understood(connections.document(db, ctx.connection.id, made_by)).kinds == ctx.rules.kinds


def _waits(db: Connection, ctx: Context, plan: Any) -> bool:
    """Whether all that is left of a plan is for a side that is paused; until it is resumed everything else goes on."""
    table = of(ActionRow)
    left = select(table.c.do, table.c.side).where(table.c.plan_id == plan.id, table.c.state == "planned").distinct()
    found = db.execute(left).all()
    return bool(found) and all(do in VENDOR_STEPS and not ctx.may_write(Side(side)) for do, side in found)


def rules_before(ctx: Context) -> Mapping[str, KindRule] | None:
    """The rules of the last plan that was carried out, when they have been edited since."""
    version = ctx.connection.rules_version
    if version == 1:
        return None
    table = of(PlanRow)
    with ctx.engine.connect() as db:
        query = select(table.c.rules_version).where(
            table.c.connection_id == ctx.connection.id, table.c.status == "done"
        )
        last = db.scalar(query.order_by(table.c.id.desc()).limit(1))
        if last is None or last == version:
            return None
        return understood(connections.document(db, ctx.connection.id, last)).kinds
