"""Letting Concord in, one side at a time: the app's id and secret, the way to the consent page, and the way back.

Two doors lead to the same page: an administrator's, and a link that was handed to the colleague with the rights on the
other side, who needs no sign-in here.  The way back is open to all, since what counts there is the state alone.
"""

from __future__ import annotations

import secrets
from typing import Any

from flask import Blueprint, abort, flash, make_response, redirect, render_template, request, session, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user

from portal.access import changes, needs
from portal.asking import side, signed, written
from portal.clock import now
from portal.desk import desk
from portal.extensions import db
from portal.faults import told
from portal.people import Role
from portal.words import SIDES
from reconciler.commands import connections as connecting
from reconciler.commands import consents
from reconciler.commands import drafts as drafting
from reconciler.core.model import Side
from reconciler.errors import ReconcilerError, Several
from reconciler.queries import drafts

bp = Blueprint("oauth", __name__)

CHOICE = "consent_choice"  # the draft and side of a sign-in that reaches several organisations, in this browser
BROWSER = "consent_browser"  # what ties a state to the browser it was made for
ENDED = "It was used, or it is older than seven days. Ask whoever sent it for another one."
ONWARD = "consent_onward"  # the app was just given: this once, the browser goes on to the consent page by itself


@bp.get("/connections/drafts/<int:draft_id>/sides/<side_name>")
@needs(Role.ADMINISTRATOR)
def side_page(draft_id: int, side_name: str) -> ResponseReturnValue:
    return _page(draft_id, side(side_name))


@bp.post("/connections/drafts/<int:draft_id>/sides/<side_name>")
@needs(Role.ADMINISTRATOR)
def save(draft_id: int, side_name: str) -> ResponseReturnValue:
    which = side(side_name)
    return _saved(draft_id, which, url_for(".side_page", draft_id=draft_id, side_name=which), **signed())


@bp.get("/connections/drafts/<int:draft_id>/sides/<side_name>/consent")
@needs(Role.ADMINISTRATOR)
@changes
def leave(draft_id: int, side_name: str) -> ResponseReturnValue:
    return _leave(draft_id, side(side_name), **signed())


@bp.get("/connect/<key>")
def invited(key: str) -> ResponseReturnValue:
    draft_id, which = _invitation(key)
    return _page(draft_id, which, key)


@bp.post("/connect/<key>")
def invited_save(key: str) -> ResponseReturnValue:
    draft_id, which = _invitation(key)
    return _saved(draft_id, which, url_for(".invited", key=key), key, by="an invited colleague", now=now())


@bp.get("/connect/<key>/consent")
@changes
def invited_leave(key: str) -> ResponseReturnValue:
    draft_id, which = _invitation(key)
    return _leave(draft_id, which, key, by="an invited colleague", now=now())


@bp.get("/oauth/salesforce/callback")
@changes
def salesforce_back() -> ResponseReturnValue:
    return _back(Side.SALESFORCE)


@bp.get("/oauth/xero/callback")
@changes
def xero_back() -> ResponseReturnValue:
    return _back(Side.XERO)


@bp.get("/oauth/organisations")
@changes
def several() -> ResponseReturnValue:
    return _chosen("")


@bp.post("/oauth/organisations")
@changes
def choose() -> ResponseReturnValue:
    return _chosen(written("organisation", 60))


def _invitation(key: str) -> tuple[int, Side]:
    found = drafting.invited(db.session(), key[:100], now())
    if found is None:
        page = render_template("bare.html", title="This link is no longer good", text=ENDED, home=False)
        abort(make_response(page, 404))
    return found


def _page(draft_id: int, which: Side, key: str = "", fault: str = "") -> ResponseReturnValue:
    draft = drafts.draft(db.session(), draft_id)
    db.session.rollback()
    if draft is None or which not in draft.sides:
        abort(404)
    template, shown = "invited.html" if key else "connect_side.html", _shown(draft_id, which, key)
    # Not a redirect: what answers a form may lead to this site only, which is the policy's form-action.
    onward = {"Refresh": f"0; url={shown['consent']}"} if session.pop(ONWARD, False) and not fault else {}
    return render_template(template, draft=draft, **shown, side=draft.sides[which], fault=fault), 200, onward


def _shown(draft_id: int, which: Side, key: str) -> dict[str, Any]:
    host = request.host.partition(":")[0]
    return {
        "name": which.value,
        "redirect": _redirect(which),
        # Xero takes http://localhost and refuses http://127.0.0.1 (its own rule for redirect addresses).
        "localhost": request.url.replace("127.0.0.1", "localhost", 1)
        if which is Side.XERO and host == "127.0.0.1"
        else "",
        "action": url_for(".invited_save", key=key) if key else url_for(".save", draft_id=draft_id, side_name=which),
        "consent": url_for(".invited_leave", key=key) if key else url_for(".leave", draft_id=draft_id, side_name=which),
    }


def _redirect(which: Side) -> str:
    return url_for(f".{which.value}_back", _external=True)


def _saved(draft_id: int, which: Side, again: str, key: str = "", **who: Any) -> ResponseReturnValue:
    """Keep the app for its consent page, or sign in as the app itself, whichever button was pressed."""
    url, client = written("url"), (written("client_id"), written("client_secret"))
    try:
        if request.form.get("how") == "app":
            landed = drafting.sign_in(db.session(), desk(), draft_id, which, url=url, client=client, **who)
            return _landed(landed, is_guest=bool(key))
        drafting.prepare(db.session(), desk(), draft_id, which, url=url, client=client)
    except ReconcilerError as error:
        return _refused(draft_id, which, key, error)
    session[ONWARD] = True
    return redirect(again, 303)


def _leave(draft_id: int, which: Side, key: str = "", **who: Any) -> ResponseReturnValue:
    browser = session.setdefault(BROWSER, secrets.token_urlsafe(32))
    try:
        ways = {"redirect": _redirect(which), "browser": browser}
        return redirect(consents.start(db.session(), desk(), draft_id, which, **ways, **who), 303)
    except ReconcilerError as error:
        return _refused(draft_id, which, key, error)


def _refused(draft_id: int, which: Side, key: str, error: ReconcilerError) -> ResponseReturnValue:
    db.session.rollback()
    answer = make_response(_page(draft_id, which, key, told(error)))
    answer.status_code = 422
    return answer


def _back(which: Side) -> ResponseReturnValue:
    """A browser comes back from a consent page, or pretends to."""
    told_us = {name: request.args.get(name, "")[:4_000] for name in ("state", "code", "error")}
    browser = session.get(BROWSER, "")
    place = consents.whereto(db.session(), told_us["state"])
    try:
        landed = consents.finish(db.session(), desk(), which, **told_us, browser=browser, now=now())
    except Several:
        session[CHOICE] = place
        return redirect(url_for(".several"), 303)
    except ReconcilerError as error:
        db.session.rollback()
        return render_template("came_back.html", fault=told(error), name=which.value), 422
    return _landed(landed, is_guest=not current_user.is_authenticated)


def _chosen(organisation: str) -> ResponseReturnValue:
    """Go on with one of several organisations, or ask which: only where this browser has come back with a consent."""
    draft_id, which = _choosing()
    who = signed() if current_user.is_authenticated else {"by": "an invited colleague", "now": now()}
    try:
        landed = drafting.check(db.session(), desk(), draft_id, which, organisation=organisation, **who)
    except Several as found:
        taken = {one.id: connecting.named(db.session(), which, one.id) for one in found.organisations}
        db.session.rollback()
        return render_template("organisations.html", found=found.organisations, taken=taken, name=which.value)
    except ReconcilerError as error:
        db.session.rollback()
        return render_template("came_back.html", fault=told(error), name=which.value), 422
    session.pop(CHOICE, None)
    return _landed(landed, is_guest=not current_user.is_authenticated)


def _choosing() -> tuple[int, Side]:
    draft_id, side_name = session.get(CHOICE) or abort(404)
    draft, which = drafts.draft(db.session(), draft_id), side(side_name)
    db.session.rollback()
    if draft is None or which not in draft.sides or draft.sides[which].connected_at:
        session.pop(CHOICE, None)
        abort(404)
    return draft_id, which


def _landed(landed: drafting.Landed, *, is_guest: bool) -> ResponseReturnValue:
    if is_guest:
        return render_template("came_back.html", fault="", name=landed.side.value)
    flash(f"{SIDES[landed.side]} has let Concord in.", "success")
    if landed.connection_id is not None:
        return redirect(url_for("connections.show", connection_id=landed.connection_id), 303)
    return redirect(url_for("connections.draft", draft_id=landed.draft_id), 303)
