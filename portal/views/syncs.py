"""Syncs: the timeline among what people changed, and what each sync wrote; plans that wait for approval."""

from __future__ import annotations

from flask import Blueprint, abort, render_template, url_for
from flask.typing import ResponseReturnValue

from portal import deeds
from portal.access import needs
from portal.asking import asked, done, number, signed, written
from portal.extensions import db
from portal.layout import here
from portal.people import Role
from reconciler.commands import plans as planning
from reconciler.errors import Usage
from reconciler.queries import actions, plans, runs

bp = Blueprint("syncs", __name__, url_prefix="/c/<int:connection_id>")


@bp.get("/syncs")
def index() -> ResponseReturnValue:
    timeline = runs.timeline(db.session(), here().id, number("after"))
    told = deeds.told(db.session(), here().id, (each.event for each in timeline.moments if each.event))
    return render_template("syncs.html", timeline=timeline, deeds=told)


@bp.get("/syncs/<int:run_id>")
def show(run_id: int) -> ResponseReturnValue:
    run = runs.run(db.session(), here().id, run_id) or abort(404)
    page = actions.of_plan(db.session(), here().id, run.plan_id, number("after")) if run.plan_id else None
    plan = plans.plan(db.session(), here().id, run.plan_id) if run.plan_id else None
    return render_template("sync.html", run=run, plan=plan, page=page)


@bp.get("/plans/<int:plan_id>")
def plan(plan_id: int) -> ResponseReturnValue:
    found = plans.plan(db.session(), here().id, plan_id) or abort(404)
    page = actions.of_plan(db.session(), here().id, plan_id, number("after"))
    left = [each["ref"] for each in (found.summary.get("undo") or {}).get("left", ())]
    names = actions.names(db.session(), here().id, left)
    first = plans.under_way(db.session(), here().id) if found.status == "proposed" else None
    return render_template("plan.html", plan=found, page=page, names=names, first=first)


@bp.post("/plans/<int:plan_id>/approve")
@needs(Role.ADMINISTRATOR)
def approve(plan_id: int) -> ResponseReturnValue:
    planning.approve(db.session(), _known(plan_id), reason=_reason(), **signed())
    return done(asked("Approved. The next sync carries it out."), url_for(".plan", plan_id=plan_id))


@bp.post("/plans/<int:plan_id>/drop")
@needs(Role.ADMINISTRATOR)
def drop(plan_id: int) -> ResponseReturnValue:
    planning.drop(db.session(), _known(plan_id), reason=_reason(), **signed())
    return done("Dropped. The next sync looks afresh.", url_for(".plan", plan_id=plan_id))


def _known(plan_id: int) -> int:
    return (plans.plan(db.session(), here().id, plan_id) or abort(404)).id


def _reason() -> str:
    reason = written("reason")
    if not reason:
        raise Usage("A reason is missing.", remedy="Say in a few words why; it is kept with the decision.")
    return reason
