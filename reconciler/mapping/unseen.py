"""Criteria that look at something which Salesforce does not show us: they would judge every record by a blank."""

from __future__ import annotations

from collections.abc import Iterator

from reconciler.core import criteria
from reconciler.core.schema import KindRule
from reconciler.mapping.limits import Shapes
from reconciler.mapping.salesforce import columns

CAUSE = "which is not there in Salesforce, or not shared with the integration user"
REMEDY = "Make the field there, or give the integration user's permission set the right to read it; then try again."


def looked_at(rule: KindRule) -> Iterator[tuple[str, str]]:
    """What the criteria name, and the column behind it; an address as a whole has several."""
    fields = {field.key: field for field in rule.fields}
    for row in criteria.rows(rule.opt_in.criteria):
        key, _, member = row.field.partition(".")
        if key not in fields:
            continue  # a fact of the record, which has no column
        for part, column in zip(fields[key].members or ("",), columns(fields[key]), strict=True):
            if member in ("", part):
                yield row.field, column


def unseen(rule: KindRule, shapes: Shapes) -> list[tuple[str, str]]:
    """What of it the organisation does not show; nothing when it described nothing."""
    return [each for each in dict.fromkeys(looked_at(rule)) if shapes and each[1] not in shapes]


def plainly(named: str, column: str) -> str:
    """For people."""
    return f"the criteria look at {named} ({column}), {CAUSE}"
