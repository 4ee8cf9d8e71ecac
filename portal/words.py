"""The words on the screens: what people read where tables and logs keep a key.

The glossary's last column, and no other vocabulary: a test renders every page and looks for the words that stay inside.
"""

from __future__ import annotations

from collections.abc import Mapping

from portal import happened

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

ENVIRONMENTS = {"live": "Live", "sandbox": "Sandbox", "demo": "Demo company", "": "Unknown environment"}
ROLES = {"administrator": "Administrator", "reviewer": "Reviewer", "viewer": "Viewer"}
ROLE_MEANS = {
    "administrator": "connects, sets directions and limits, lets people in",
    "reviewer": "decides conflicts, answers questions, starts and pauses syncs",
    "viewer": "sees everything, changes nothing",
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
    "conflict": happened.CONFLICTS,
    "reason": happened.REASONS,
    "grade": happened.GRADES,
    "run": happened.RUNS,
    "action": happened.ACTIONS,
    "planned": happened.PLANNED,
    "state": happened.STATES,
    "question": happened.QUESTIONS,
    "choice": happened.CHOICES,
    "retry": happened.RETRIES,
    "status": happened.STATUSES,
    "unlinked": happened.UNLINKED,
    "field_state": happened.FIELD_STATES,
    "environment": ENVIRONMENTS,
    "role": ROLES,
    "role_means": ROLE_MEANS,
    "step": happened.STEPS,
    "event": happened.EVENTS,
    "limit": happened.LIMITS,
    "repair": happened.REPAIRS,
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
