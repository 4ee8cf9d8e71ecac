"""When a conflict is over by itself, and the sentence that says why.

What a person decided is carried out in `core.decide`; here are only the facts about one conflict and its field.
"""

from __future__ import annotations

from collections.abc import Mapping

from reconciler.core.model import SIDES, Decision, OpenConflict, Side, Value
from reconciler.core.schema import Blank, Drift, FieldRule, Flow
from reconciler.core.values import is_blank, same

# A person has taken back what was written: the field waits for their word, and no rule or edit moves it.
HELD = frozenset({"undone", "overturned"})
# These are decided against an arrow, if need be; any other conflict needs a rule by which both sides may edit.
_AGAINST_THE_ARROW = HELD | {"protected"}
NOT_SHARED = "This field is not shared any more."
# No decision can act on a pair that is not shared, or of which a record has gone: its conflicts are shelved.  They come
# back as they were once the pair is compared again, so that no rule made meanwhile decides them; nor could the merge
# find each of them: of what was taken back the baseline has moved, and nothing but the conflict holds the field.
# By these sentences the store knows a shelved conflict from one that is over: whoever words them anew has to reword
# what is stored, or none of those would come back.
UNSHARED = "The pair is no longer shared: both values stay as they are."
FALLEN = "A record of the pair no longer stands: both values stay as they are."
SHELVED = (UNSHARED, FALLEN)


def may_be_carried_out(rule: FieldRule, conflict: OpenConflict) -> bool:
    """Whether the rule that holds now still leaves this conflict to a person."""
    return rule.flow is Flow.BOTH or conflict.reason in _AGAINST_THE_ARROW


def why(
    rule: FieldRule, conflict: OpenConflict, now: Mapping[Side, Value], baseline: Mapping[Side, Value | None]
) -> str:
    """Why this conflict is over, for the queue."""
    if same(rule, now):
        return "The two sides are equal."
    turned = _turned(rule, conflict)
    if turned:
        return turned
    if rule.blank is Blank.FILL:
        return "The rule of this field now only fills blanks: both values stay as they are."
    if any(is_blank(now[side]) and (rule.blank is Blank.KEEP or baseline[side] is None) for side in SIDES):
        return "One side was cleared, and a blank gives way to a value here."
    return "One side went back to the value last agreed; what the other shows is carried."


def _turned(rule: FieldRule, conflict: OpenConflict) -> str:
    """How another rule has ended a conflict; "" if none has."""
    if conflict.reason == "protected" and rule.drift is not Drift.PROTECT:
        return "This field is not protected any more."
    if conflict.reason == "protected" and rule.flow is Flow.BOTH:
        return "Both sides may edit this field now: what was held is carried."
    if may_be_carried_out(rule, conflict):
        return ""
    return "The direction of this field no longer lets both sides edit it."


def unheeded(decision: Decision) -> str:
    """What a person had decided in vain, for the queue."""
    value = decision.value if isinstance(decision.value, str) else ", ".join(filter(None, decision.value))
    return f"{decision.by} had decided that {f'“{value}”' if value else 'a blank'} shall stand. It was not carried out."
