"""What a side's own history adds to the evidence for an edit.

Where it names the field, the edit is a point in time; where it does not, it is quoted as it stands and says at most
who.  Asking a side for its history is not done here.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from reconciler.core.model import Edit, Grade, Ref, Value
from reconciler.core.schema import FieldRule
from reconciler.core.values import equal

QUOTED_AT_MOST = 10
# A history row and the record it tells of are stamped in the same second, not always in the same millisecond.
SAME = timedelta(seconds=1)


@dataclass(frozen=True, slots=True)
class Line:
    """One line of a record's history, as its side tells it: `text` is the quotation.

    `field` is the shared field that the line says was changed ("" where it names none), `member` which of a group,
    `value` what it was changed to (None where that is not told).
    """

    ref: Ref
    at: datetime
    by: str
    text: str
    field: str = ""
    member: str = ""
    value: str | None = None


def sharpen(rule: FieldRule, edit: Edit, now: Value, lines: Iterable[Line]) -> Edit:
    """The evidence for one field's edit, with what the history says of the time in which it was made.

    `now` is the value that the edit left.  A history that does not end with it is behind, or ahead of, what was read:
    it is quoted and gives no point.
    """
    near = sorted((line for line in lines if edit.after < line.at <= edit.until + SAME), key=lambda line: line.at)
    mine = [line for line in near if line.field == rule.key]
    told = tuple(line.text for line in (mine or [line for line in near if not line.field])[-QUOTED_AT_MOST:])
    last = _last(mine, rule, now)
    if last is None:
        return edit._replace(by=edit.by or _only(near), told=told)
    return Edit(last.at, last.at, Grade.FIELD, last.by or edit.by, told)


def _last(lines: Sequence[Line], rule: FieldRule, now: Value) -> Line | None:
    """The line that left the field as it is; of a group the last member's, if each stands as its own last line says."""
    last = {line.member: line for line in lines}
    if not last or not all(_left(line, rule, now) for line in last.values()):
        return None
    return max(last.values(), key=lambda line: line.at)


def _left(line: Line, rule: FieldRule, now: Value) -> bool:
    if line.value is None:
        return True
    if not isinstance(now, tuple):
        return equal(rule, line.value, now)
    return dict(zip(rule.members, now, strict=True)).get(line.member) == line.value


def _only(lines: Sequence[Line]) -> str:
    """Who made every change in that time: where several people did, it is not known whose edit this was."""
    people = {line.by for line in lines}
    return people.pop() if len(people) == 1 else ""
