"""Differences of the pairs that the first plan means to link: whose value stands, record by record or many at once."""

from __future__ import annotations

from flask import Blueprint, abort, render_template, request, url_for
from flask.typing import ResponseReturnValue

from portal.access import needs
from portal.asking import done, is_fragment, number, signed, typed, written
from portal.extensions import db
from portal.layout import here
from portal.people import Role
from portal.words import FIELDS, TAKEN, listed
from reconciler.commands import differences as choosing
from reconciler.commands import first as first_sync
from reconciler.commands.differences import Pick
from reconciler.errors import Usage
from reconciler.queries import differences, rules
from reconciler.queries.differences import Difference, Filters

bp = Blueprint("differences", __name__, url_prefix="/c/<int:connection_id>/differences")

SHOWN = ("all", "open", "chosen")


@bp.get("")
def index() -> ResponseReturnValue:
    filters = Filters(_arg("field"), _arg("text"), _arg("show") or "all")
    if filters.show not in SHOWN:
        abort(404)
    session, connection_id = db.session(), here().id
    return render_template(
        "differences.html",
        page=differences.differences(session, connection_id, filters, number("after")),
        filters=filters,
        fields=differences.fields(session, connection_id),
        chosen=differences.chosen(session, connection_id),
        outdated=differences.outdated(session, connection_id),
        rule=rules.rules(session, connection_id).kinds[differences.KIND],
    )


@bp.post("/choose")
@needs(Role.ADMINISTRATOR)
def choose() -> ResponseReturnValue:
    """For the ticked lines, or for the one whose button was pressed."""
    picks = [_pick(each) for each in request.form.getlist("ids")]
    if not picks:
        raise Usage("Nothing was chosen.", remedy="Tick at least one line.")
    before = [_known(pick) for pick in picks]
    take = request.form.get("take", "")
    value = typed(before[0].members) if take == choosing.TYPED else None
    made = choosing.choose(db.session(), here().id, picks, take, value=value, reason=written("reason"), **signed())
    if is_fragment() and len(picks) == 1:
        return render_template("_difference.html", difference=_known(picks[0]))
    left = len(picks) - made
    rest = f" For {left} it is not certain which record was changed last: they are left as they were." if left else ""
    text = f"{TAKEN[take]}: {listed(differences.named(before))}.{rest} Make the plan anew before you approve it."
    return done(text, url_for(".index"))


@bp.post("/rule")
@needs(Role.ADMINISTRATOR)
def rule() -> ResponseReturnValue:
    """Whose value stands in one field; the plan is made anew."""
    field = request.form.get("field", "")
    if field not in differences.fields(db.session(), here().id):
        abort(404)
    first_sync.choose(db.session(), here().id, request.form.get("winner", ""), field=field, **signed())
    return done(f"{FIELDS.get(field, field)}: chosen. The plan is being made anew.", url_for(".index", field=field))


def _arg(name: str) -> str:
    return request.args.get(name, "").strip()


def _pick(text: str) -> Pick:
    salesforce, _, rest = text.partition("|")
    xero, mark, field = rest.partition("|")
    if not mark:
        abort(404)
    return Pick(salesforce, xero, field, request.form.get(f"seen-{text}", ""))


def _known(pick: Pick) -> Difference:
    return differences.difference(db.session(), here().id, pick.salesforce, pick.xero, pick.field) or abort(404)
