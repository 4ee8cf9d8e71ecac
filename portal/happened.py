"""The words for what has happened and how things stand: conflicts, questions, syncs, and what people did.

The same promise as in `portal.words`, which reads them out: the glossary's last column, and no other vocabulary.
"""

from __future__ import annotations

CONFLICTS = {
    "open": "To decide",
    "decided": "Decided",
    "unasked": "Decided without asking",
    "people": "Decided by a person",
    "closed": "Closed",
}
REASONS = {
    "clash": "Edited on both sides",
    "first": "Different when first linked",
    "direction": "Edited against the arrow",
    "protected": "Edited against the arrow, held for you",
    "resumed": "Different after sharing was switched on again",
    "undone": "Taken back, waiting for your word",
    "overturned": "Decided before, now decided otherwise",
    "refused": "A side refused the value",
}
GRADES = {
    "field": "exact, from the field history",
    "record": "from the record’s change time",
    "interval": "only known to lie between two readings",
}
RUNS = {
    "queued": "Waiting to start",
    "running": "Running",
    "done": "Done",
    "open": "Done, something needs a person",
    "halted": "Stopped for approval",
    "unavailable": "Could not reach a side",
    "refused": "Refused: records had changed",
    "busy": "Another sync was running",
    "read_only": "Preview only",
    "agree": "Checked: both sides agree",
    "disagree": "Checked: differences found",
    "interrupted": "Interrupted; the next sync goes on from there",
    "failed": "Ended unexpectedly",
}
ACTIONS = {
    "create": "Created",
    "update": "Changed",
    "retire": "Archived or opted out",
    "adopt": "Linked",
    "stamp": "Id of the partner noted",
    "unlink": "Parted",
}
PLANNED = {
    "create": "create",
    "update": "change",
    "retire": "archive",
    "adopt": "link",
    "stamp": "note the partner’s id",
    "unlink": "part",
}
STATES = {
    "planned": "not started",
    "intended": "sent, outcome being looked up",
    "settled": "done",
    "refused": "refused, needs fixing",
    "moved": "changed meanwhile, left for the next sync",
    "unknown": "done, found out by reading",
    "skipped": "left out",
}
QUESTIONS = {
    "match": "Possible match",
    "name_taken": "Name is taken",
    "removed": "Removed on one side",
    "archived": "Archived in Xero",
    "gone": "No longer found",
    "merged": "Merged on one side",
    "undone": "Taken back",
}
CHOICES = {
    "link": "It is the same: link it to",
    "covered": "It needs no record of its own: it is covered by",
    "create_as": "It is somebody else: create it under the name",
    "not": "It is not the same as",
    "none": "It is none of them",
    "leave": "Leave it as it is",
    "retire": "Follow on the other side",
    "retire:salesforce": "Archive its contact in Xero too",
    "retire:xero": "Clear its opt-in checkbox in Salesforce too",
}
RETRIES = {
    "wait": "Tried again by itself",
    "fix_data": "Tried again as soon as the value changes",
    "fix_permission": "Tried again when you say so",
    "never": "Not tried again",
}
STATUSES = {
    "active": "in use",
    "archived": "archived",
    "removed": "deleted",
    "merged": "merged into another",
    "gone": "no longer found",
    "suspended": "sharing switched off",
    "closed": "no longer linked",
}
UNLINKED = {
    "question": "waits for an answer",
    "covered": "covered by another record",
    "left": "left alone by decision",
    "out": "not opted in",
    "refused": "a side refused it",
    "merged": "merged into another record",
    "undone": "taken back, waits for an answer",
    "": "not linked yet",
}
FIELD_STATES = {
    "agreed": "Agreed",
    "waiting": "Waiting for the next sync",
    "stays": "Left alone for now",
    "conflict": "Conflict",
    "refused": "Needs fixing",
    "off": "Not shared",
    "differs": "Different, and left so",
}
STEPS = {
    "reading salesforce": "Reading Salesforce",
    "reading xero": "Reading Xero",
    "deciding": "Comparing",
    "writing salesforce": "Writing to Salesforce",
    "writing xero": "Writing to Xero",
}
EVENTS = {
    "rules.saved": "changed the rules",
    "connection.made": "connected",
    "connection.ended": "disconnected",
    "connection.invited": "made a link for a colleague",
    "connection.signed_in": "signed a side in again",
    "first.checked": "checked both sides",
    "first.fields": "confirmed fields and directions",
    "first.chosen": "chose whose value stands",
    "connection.activated": "allowed Concord to write",
    "connection.paused": "paused",
    "connection.resumed": "resumed",
    "run.asked": "asked for",
    "conflict.resolved": "decided a conflict:",
    "conflict.withdrawn": "took a decision back:",
    "conflict.overturned": "overturned a decision:",
    "question.answered": "answered",
    "rejection.retried": "asked to try again:",
    "rejection.edited": "typed another value for",
    "work.assigned": "assigned",
    "work.snoozed": "put off",
    "work.woken": "brought back",
    "work.commented": "commented on",
    "plan.approved": "approved",
    "plan.dropped": "dropped",
    "undo.proposed": "looked at what an undo would do:",
    "link.parted": "parted two records",
    "link.rejoined": "linked two records again",
    "person.signed_in": "signed in",
    "person.signed_out": "signed out",
    "person.added": "let a person in",
    "person.role": "changed a role",
    "person.password": "set a password",
    "person.disabled": "kept a person out",
    "person.enabled": "let a person in again",
}
LIMITS = {
    "creates": "new records",
    "updates": "changed records",
    "updates_share": "share of linked records changed",
    "updates_absolute": "changed records in one sync",
    "blanks": "fields cleared",
    "retirements": "records archived",
    "updates_by_rule_edit": "records changed by a new setting alone",
    "blanks_by_rule_edit": "fields cleared by a new setting alone",
    "retirements_by_rule_edit": "records archived by a new setting alone",
    "emptied": "one side looks empty",
    "everything": "nearly every record changed",
    "canary": "a record known to exist was not found",
}

REPAIRS = {
    "late": "it was saved after the time it bears",
    "same_stamp": "its time of change did not move",
    "clock": "the clock there had been set",
    "unseen": "it had never been shown",
    "gone": "it is no longer found",
}
