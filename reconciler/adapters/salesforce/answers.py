"""What became of each write to Salesforce, from the answers to a composite or a collection."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any

from reconciler.adapters.catalogue import WAIT, salesforce_refusal
from reconciler.adapters.salesforce.bodies import READ_BACK, reference
from reconciler.adapters.transport import Answered
from reconciler.core.model import Record
from reconciler.core.schema import KindRule
from reconciler.mapping.salesforce import PARTNER, to_record
from reconciler.ports import Moved, Outcome, Refused, Written

# The record is not where it was read: removed since, or no longer visible to us.  Looking again tells which.
VANISHED = {"ENTITY_IS_DELETED", "NOT_FOUND", "INVALID_CROSS_REFERENCE_KEY"}


@dataclass(frozen=True, slots=True)
class Sent:
    """What is needed to tell our own write from a person's: whose it is, and when it was under way."""

    user_id: str
    answered: Answered

    def made(self, record: Record) -> bool:
        """Whether the record's last modification is this request's: our user, and within its time on their clock."""
        slack = timedelta(seconds=self.answered.seconds + 1)  # both stamp and Date are cut to whole seconds
        near = abs(record.edited_at - self.answered.read_at) <= slack
        return near and (not self.user_id or record.by_id[:15] == self.user_id[:15])


def read_back(answer: Any, rule: KindRule) -> dict[str, Record] | None:
    """The records as the composite's last part read them; None when it could not."""
    part = _part(answer, READ_BACK)
    if part.get("httpStatusCode") != 200 or not part["body"].get("done", True):
        return None
    return records(part["body"]["records"], rule)


def records(rows: Sequence[Mapping[str, Any]], rule: KindRule) -> dict[str, Record]:
    """Rows of a query by their id."""
    return {record.ref.id: record for record in (to_record(row, rule) for row in rows)}


def tells_all(answer: Any, count: int) -> bool:
    """Whether the composite says of each of its writes what became of it; silence is no refusal."""
    return all(_part(answer, reference(index)).get("httpStatusCode") for index in range(count))


def accepted(answer: Any, index: int) -> bool:
    """Whether the composite carried out the write at `index`."""
    return 200 <= int(_part(answer, reference(index)).get("httpStatusCode") or 0) < 300


def update_outcome(answer: Any, index: int, shown: Record | None, sent: Sent, rule: KindRule) -> Outcome:
    """What became of one PATCH; `shown` is the record as it was read back."""
    part = _part(answer, reference(index))
    if accepted(answer, index):
        return Written(shown, ours=sent.made(shown)) if shown is not None else Moved()
    if part.get("httpStatusCode") == 412:
        return Moved()
    refused = refusal(part.get("body"), rule)
    vanished = part.get("httpStatusCode") == 404 or refused.refusal.code in VANISHED
    return Moved() if vanished and not refused.refusal.field else refused


def create_outcome(row: Mapping[str, Any], shown: Mapping[str, Record], sent: Sent, rule: KindRule) -> Outcome:
    """What became of one upserted row; a record already there was made by an earlier try."""
    if not row.get("success"):
        refused = refusal(row.get("errors"), rule)
        # Two upserts of one key at the same time: the other made it, and the next run finds it.
        racing = refused.refusal.code == "DUPLICATE_VALUE" and PARTNER in refused.refusal.message
        return Refused(replace(refused.refusal, retry=WAIT if racing else refused.refusal.retry))
    record = shown.get(str(row.get("id")))
    if record is None:
        return Moved()
    return Written(record, ours=sent.made(record), adopted=row.get("created") is False)


def refusal(errors: Any, rule: KindRule) -> Refused:
    """A record's errors, naming the field by our key where the rules know it."""
    refused, field = salesforce_refusal(errors)
    return Refused(replace(refused, field=key_of(field, rule)))


def key_of(field: str, rule: KindRule) -> str:
    """Our key of a Salesforce field: a group owns every field that begins with its prefix."""
    for one in rule.fields:
        if field == one.salesforce or (one.members and one.salesforce and field.startswith(one.salesforce)):
            return one.key
    return field


def _part(answer: Any, name: str) -> Mapping[str, Any]:
    parts = answer.get("compositeResponse") if isinstance(answer, Mapping) else None
    found = next((part for part in parts or () if part.get("referenceId") == name), None)
    return found if found is not None else {}
