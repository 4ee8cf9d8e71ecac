"""What people have answered about records that are to get a partner: it is carried out, and nothing goes over it.

answered               what may still be done
---------------------  ---------------------------------------------
link: another record   those two are linked
create_as: a name      the partner is made, under a name of its own
leave, covered         nothing
not: another record    anything but linking those two
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from sqlalchemy import Connection

from reconciler.core.match import CREATE_AS, LINK, Answer
from reconciler.core.model import Ref
from reconciler.steps.context import Context
from reconciler.store import alike, questions
from reconciler.store.journal import Step


def given(db: Connection, ctx: Context, about: Iterable[Ref]) -> dict[Ref, Answer]:
    """The newest answer about each of these records, where one stands that is not carried out yet."""
    return {ref: Answer.parse(answer) for ref, answer in questions.answers(db, ctx.connection.id, about).items()}


def against(db: Connection, ctx: Context, steps: Sequence[Step]) -> dict[int, str]:
    """Which of these steps would link a record, or make its partner, against what somebody has answered; and why."""
    deciding = [step for step in steps if step.do in ("adopt", "create")]
    refs = {ref for step in deciding for ref in _about(step)}
    if not refs:
        return {}
    answers, apart = given(db, ctx, refs), alike.apart(db, ctx.connection.id, refs)
    found = {step.id: _against(step, answers, apart) for step in deciding}
    return {number: why for number, why in found.items() if why}


def allows(answer: Answer | None, partner: Ref) -> bool:
    """Whether a record about which this was answered, if anything, may be linked with that one."""
    return answer is None or (answer.choice == LINK and answer.ref == partner)


def _against(step: Step, answers: Mapping[Ref, Answer], apart: set[tuple[Ref, Ref]]) -> str:
    about = _about(step)
    answered = [answers[ref] for ref in about if ref in answers]
    if any(_is_said(step, about, answer) for answer in answered):
        return ""
    if answered:
        return "somebody has answered what is to become of it"
    return "somebody has said that they are not the same" if tuple(about) in apart else ""


def _about(step: Step) -> list[Ref]:
    """The two records that a step links, or the one whose partner it makes."""
    return list(dict.fromkeys(ref for ref in (step.ref, step.source) if ref))


def _is_said(step: Step, about: Sequence[Ref], answer: Answer) -> bool:
    if step.do == "create":
        return answer.choice == CREATE_AS and bool(step.notes.get("own_name"))
    return any(allows(answer, ref) for ref in about)
