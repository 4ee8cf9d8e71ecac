"""Questions: possible matches, removals and whatever else only a person can answer."""

from __future__ import annotations

from collections.abc import Mapping

from flask import Blueprint, abort, flash, render_template, request, url_for
from flask.typing import ResponseReturnValue

from portal.access import needs
from portal.asking import done, number, signed, written
from portal.extensions import db
from portal.faults import told
from portal.layout import here
from portal.people import Role
from portal.views.work import hand, taken
from reconciler.commands import questions as answering
from reconciler.errors import Usage
from reconciler.queries import actions, questions
from reconciler.queries.questions import QuestionView
from reconciler.queries.work import QUESTION

bp = Blueprint("questions", __name__, url_prefix="/c/<int:connection_id>/questions")


@bp.get("")
def index() -> ResponseReturnValue:
    status = request.args.get("show", "open")
    if status not in questions.STATUSES:
        abort(404)
    mine = hand()
    page = questions.questions(db.session(), here().id, status, number("after"), hand=mine)
    who = taken(QUESTION, (each.id for each in page.rows))
    names = actions.names(db.session(), here().id, [ref for each in page.rows for ref in (each.about, *each.refs)])
    return render_template("questions.html", status=status, page=page, names=names, whose=mine.whose, **who)


@bp.get("/<int:question_id>")
def show(question_id: int) -> ResponseReturnValue:
    return _page(_known(question_id))


@bp.post("/<int:question_id>/answer")
@needs(Role.REVIEWER)
def answer(question_id: int) -> ResponseReturnValue:
    question = _known(question_id)
    try:
        answering.answer(db.session(), question.id, _choice(), reason=written("reason"), **signed())
    except Usage as error:
        db.session.rollback()
        flash(told(error), "danger")
        return _page(_known(question_id), request.form), 422
    return done("Answered. The next sync carries it out.", url_for(".show", question_id=question.id))


def _choice() -> str:
    choice, name = written("choice"), written("name", 255)
    if not choice:
        raise Usage("No answer was chosen.", remedy="Choose one of the answers.")
    if choice == "create_as" and not name:
        raise Usage("A new record needs a name of its own.", remedy="Type it below the answer.")
    return f"create_as:{name}" if choice == "create_as" else choice


def _page(question: QuestionView, typed: Mapping[str, str] | None = None) -> str:
    """The question with its candidates beside it, and with what was typed when it could not be taken."""
    names = actions.names(db.session(), here().id, [question.about, *question.refs])
    beside = questions.side_by_side(db.session(), question, here().id)
    who = taken(QUESTION, [question.id])
    return render_template(
        "question.html", question=question, names=names, side_by_side=beside, typed=typed or {}, **who
    )


def _known(question_id: int) -> QuestionView:
    return questions.question(db.session(), here().id, question_id) or abort(404)
