"""What a change of a field's setting will do and what it will not, in sentences, said at the moment it is made."""

from __future__ import annotations

from portal.words import SIDES
from reconciler.core.schema import FieldRule, Flow
from reconciler.queries.rules import Differing


def effect(before: FieldRule, after: FieldRule, differing: Differing) -> list[str]:
    """The sentences for one saved change."""
    sentences = ["Saved." if before != after else "Nothing changed."]
    if before.flow is not after.flow:
        sentences.append(_flow(after))
        sentences.append(_now(before, after, differing))
    elif before.policy is not after.policy:
        sentences.append("This holds for edits found from now on. Conflicts that wait for you are not decided by it.")
    elif before.blank is not after.blank:
        sentences.append("This holds for values cleared from now on.")
    elif before.drift is not after.drift:
        sentences.append("This holds for edits made against the arrow from now on.")
    return sentences


def _flow(rule: FieldRule) -> str:
    origin = rule.flow.origin
    if rule.flow is Flow.OFF:
        return "This field is no longer compared: edits stay on the side where they are made."
    if origin is None:
        return "From now on an edit on either side is carried to the other."
    there, here = SIDES[origin.other], SIDES[origin]
    against = "is put back and listed under “Decided without asking”"
    if rule.drift == "protect":
        against = "is held for review"
    return f"From now on an edit in {here} is carried to {there}; an edit in {there} {against}."


def _now(before: FieldRule, after: FieldRule, differing: Differing) -> str:
    if after.flow is Flow.OFF:
        return "Nothing is written."
    looked = f"{differing.compared:,}" if differing.all_seen else f"the newest {differing.compared:,}"
    if not differing.found:
        return f"All of {looked} linked records agree in it now; nothing is written."
    count = f"{differing.found:,} of {looked} linked records differ in it now"
    if before.flow is not Flow.OFF:
        return f"{count}; they stay as they are until somebody edits them. Nothing is written by this change itself."
    origin = after.flow.origin
    if origin is None:
        return f"{count}. The next sync fills blanks, and asks you about the ones where both are filled."
    there = SIDES[origin.other]
    return f"{count}. The next sync carries {SIDES[origin]}’s values to {there}; each value that gives way is listed."
