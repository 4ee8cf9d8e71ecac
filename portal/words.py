"""The words on the screens: what people read where tables and logs keep a key.

The glossary's last column, and no other vocabulary: a test renders every page and looks for the words that stay inside.
"""

from __future__ import annotations

from collections.abc import Mapping

SIDES = {"salesforce": "Salesforce", "xero": "Xero"}

RECORDS = {
    ("customer", "salesforce"): "Account",
    ("customer", "xero"): "Contact",
    ("person", "salesforce"): "Contact",
    ("person", "xero"): "contact person",
    ("product", "salesforce"): "Product",
    ("product", "xero"): "Item",
    ("invoice", "salesforce"): "Opportunity",
    ("invoice", "xero"): "Invoice",
}
KINDS = {
    "customer": "Customers and suppliers",
    "person": "Persons",
    "product": "Products",
    "invoice": "Invoices",
}
FIELDS = {
    "name": "Name",
    "account_number": "Account number",
    "email": "E-mail",
    "phone": "Phone",
    "fax": "Fax",
    "website": "Website",
    "tax_number": "Tax number",
    "billing": "Billing address",
    "shipping": "Shipping address",
    "outstanding": "Outstanding",
    "overdue": "Overdue",
}
MEMBERS = {"street": "Street", "city": "City", "region": "Region", "postcode": "Postcode", "country": "Country"}

FLOWS = {
    "S2X": "Salesforce → Xero",
    "both": "Both ways",
    "X2S": "Salesforce ← Xero",
    "off": "Not shared",
}
ARROWS = {"S2X": "→", "both": "↔", "X2S": "←", "off": "–"}
POLICIES = {
    "newest": "The last writer wins",
    "salesforce": "Salesforce wins",
    "xero": "Xero wins",
    "ask": "Ask a person",
}
BLANKS = {
    "carry": "is carried across",
    "keep": "stays on its side",
    "fill": "only blanks are filled",
}
DRIFTS = {"overwrite": "is put back, and listed", "protect": "is held for review"}

FIRST = {
    "ask": "ask me about each",
    "salesforce": "Salesforce’s value stands",
    "xero": "Xero’s value stands",
    "filled": "a filled value wins over a blank; where both are filled, ask me",
}
TAKEN = {
    "salesforce": "Salesforce’s value stands",
    "xero": "Xero’s value stands",
    "newest": "The value of the record changed last stands",
    "value": "The value typed stands",
    "clear": "The rule holds again",
}
UNMAPPED = {"refuse": "waits until it is listed", "pass": "is carried as it stands"}

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
    "conflict": "Conflict",
    "refused": "Needs fixing",
    "off": "Not shared",
    "differs": "Different, and left so",
}
ENVIRONMENTS = {"live": "Live", "sandbox": "Sandbox", "demo": "Demo company", "": "Unknown environment"}
ROLES = {"administrator": "Administrator", "reviewer": "Reviewer", "viewer": "Viewer"}
ROLE_MEANS = {
    "administrator": "connects, sets directions and limits, lets people in",
    "reviewer": "decides conflicts, answers questions, starts and pauses syncs",
    "viewer": "sees everything, changes nothing",
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
    "run.asked": "asked for a sync",
    "conflict.resolved": "decided a conflict",
    "conflict.withdrawn": "took a decision back",
    "conflict.overturned": "overturned a decision",
    "question.answered": "answered a question",
    "rejection.retried": "asked to try again",
    "rejection.edited": "typed another value for one that was refused",
    "work.assigned": "gave something that waits to a person",
    "work.snoozed": "put something off",
    "work.woken": "brought something back",
    "work.commented": "commented",
    "plan.approved": "approved what was stopped",
    "plan.dropped": "dropped what was stopped",
    "undo.proposed": "looked at what an undo would do",
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

TABLES: Mapping[str, Mapping[str, str]] = {
    "side": SIDES,
    "kind": KINDS,
    "field": FIELDS,
    "member": MEMBERS,
    "flow": FLOWS,
    "arrow": ARROWS,
    "policy": POLICIES,
    "blank": BLANKS,
    "drift": DRIFTS,
    "first": FIRST,
    "unmapped": UNMAPPED,
    "conflict": CONFLICTS,
    "reason": REASONS,
    "grade": GRADES,
    "run": RUNS,
    "action": ACTIONS,
    "planned": PLANNED,
    "state": STATES,
    "question": QUESTIONS,
    "choice": CHOICES,
    "retry": RETRIES,
    "status": STATUSES,
    "unlinked": UNLINKED,
    "field_state": FIELD_STATES,
    "environment": ENVIRONMENTS,
    "role": ROLES,
    "role_means": ROLE_MEANS,
    "step": STEPS,
    "event": EVENTS,
    "limit": LIMITS,
    "repair": REPAIRS,
}


def say(key: object, table: str) -> str:
    """The word for a key; a key that the table does not know is read aloud as it stands."""
    text = str(key)
    return TABLES[table].get(text) or text.replace("__c", "").replace("_", " ").replace(".", ": ").capitalize()


def record_word(kind: str, side: str) -> str:
    """What a side itself calls such a record."""
    return RECORDS.get((kind, side), "record")


def listed(names: list[str], most: int = 8) -> str:
    """Names in a sentence, so that nothing is done to "12 records" without saying which."""
    shown = [name or "a record without a name" for name in names[:most]]
    rest = len(names) - len(shown)
    return ", ".join(shown) + (f" and {rest} more" if rest > 0 else "")
