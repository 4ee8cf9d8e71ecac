"""Looking back and taking back: why a value is what it is, undo with its preview, parting two records, the proof."""

from __future__ import annotations

from flask import Blueprint, current_app, render_template, url_for
from flask.typing import ResponseReturnValue

from portal.access import needs
from portal.asking import done, number, side, signed, written
from portal.extensions import db
from portal.layout import here
from portal.people import Role
from reconciler.commands import undo as undoing
from reconciler.core.model import Ref
from reconciler.core.undo import Scope
from reconciler.errors import Usage
from reconciler.queries import proof as proofs
from reconciler.queries import why as answers

bp = Blueprint("retracing", __name__, url_prefix="/c/<int:connection_id>")


@bp.get("/records/<side_name>/<ref>/why/<key>")
def why(side_name: str, ref: str, key: str) -> ResponseReturnValue:
    found = answers.why(db.session(), here().id, Ref(side(side_name), ref), key)
    return render_template("why.html", why=found)


@bp.post("/records/<side_name>/<ref>/history")
@needs(Role.REVIEWER)
def history(side_name: str, ref: str) -> ResponseReturnValue:
    """Both systems are asked now: a form, since it costs a call of each."""
    connection_id, asked = here().id, Ref(side(side_name), ref)
    db.session.rollback()  # nothing stays open while the vendors are asked
    found = current_app.extensions["concord.histories"](connection_id, asked)
    return render_template("history.html", ref=asked, found=found)


@bp.post("/records/<side_name>/<ref>/unlink")
@needs(Role.REVIEWER)
def unlink(side_name: str, ref: str) -> ResponseReturnValue:
    target = Ref(side(side_name), ref)
    reason = written("reason", 500)
    undoing.unlink(db.session(), target, reason=reason, connection_id=here().id, **signed())
    text = "Parted. Both records stay as they are, and neither is linked or created anew by itself."
    return done(text, url_for("records.show", side_name=side_name, ref=ref))


@bp.post("/records/<side_name>/<ref>/relink")
@needs(Role.REVIEWER)
def relink(side_name: str, ref: str) -> ResponseReturnValue:
    undoing.relink(db.session(), Ref(side(side_name), ref), connection_id=here().id, **signed())
    text = "Linked again. The next sync looks at what has changed since, and asks where both sides did."
    return done(text, url_for("records.show", side_name=side_name, ref=ref))


@bp.post("/syncs/<int:run_id>/undo")
@needs(Role.REVIEWER)
def undo(run_id: int) -> ResponseReturnValue:
    """Show what taking it back would do; nothing is written until that is approved."""
    scope = Scope(run_id, _record(written("record", 60)), written("field", 80))
    found = undoing.propose(db.session(), scope, connection_id=here().id, **signed())
    where = url_for("syncs.plan", plan_id=found.plan_id)
    return done("This is what it would do. Nothing is written yet.", where, "info")


def _record(text: str) -> Ref | None:
    try:
        return Ref.parse(text) if text else None
    except ValueError as error:
        raise Usage(str(error), remedy="Choose the record on its page.") from error


@bp.get("/proof")
def proof() -> ResponseReturnValue:
    page = proofs.proofs(db.session(), here().id, number("after"))
    return render_template("proof.html", page=page)
