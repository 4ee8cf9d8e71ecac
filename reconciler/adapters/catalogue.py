"""What a vendor's refusal of one record means to a person, and whether trying again can help.

Codes are Salesforce's own; Xero gives sentences only, so its codes here are ours, and nothing but the wording on
screen may depend on them where the vendor's sentence is not a recorded one.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from reconciler.errors import Refusal

WAIT, FIX_DATA, FIX_PERMISSION, NEVER = "wait", "fix_data", "fix_permission", "never"


@dataclass(frozen=True, slots=True)
class Meaning:
    """What to do about a refusal, and the retry class of `Refusal`."""

    remedy: str
    retry: str = FIX_DATA


_ACCESS = Meaning("Give the integration user the right to edit this, then retry.", FIX_PERMISSION)
_BUSY = Meaning("Nothing to do: the next run tries again.", WAIT)
_VALUE = Meaning("Correct the value on the side it comes from.")

SALESFORCE: Mapping[str, Meaning] = {
    "REQUIRED_FIELD_MISSING": Meaning("Fill the field on the side the value comes from."),
    "STRING_TOO_LONG": Meaning("Shorten the value on the side it comes from."),
    "INVALID_EMAIL_ADDRESS": _VALUE,
    "NUMBER_OUTSIDE_VALID_RANGE": _VALUE,
    "JSON_PARSER_ERROR": _VALUE,
    "FIELD_CUSTOM_VALIDATION_EXCEPTION": Meaning(
        "A validation rule in Salesforce refuses the value: correct it, or change the rule."
    ),
    "FIELD_INTEGRITY_EXCEPTION": Meaning(
        "Use a value that Salesforce's list for this field has, such as a country or state it knows."
    ),
    "INVALID_OR_NULL_FOR_RESTRICTED_PICKLIST": Meaning("Use a value of the picklist, or add this one to it."),
    "DUPLICATE_VALUE": Meaning("Another record has this value already: look at the record that Salesforce names."),
    "DUPLICATES_DETECTED": Meaning(
        "A duplicate rule in Salesforce thinks the record exists: link the two, or change the rule."
    ),
    "INVALID_CROSS_REFERENCE_KEY": Meaning("The record it points to does not exist in Salesforce, or may not be used."),
    "CANNOT_INSERT_UPDATE_ACTIVATE_ENTITY": Meaning(
        "Automation in Salesforce (a trigger or flow) failed: ask its administrator."
    ),
    "ENTITY_IS_LOCKED": Meaning(
        "The record is locked by an approval: finish the approval, then retry.", FIX_PERMISSION
    ),
    "INVALID_FIELD_FOR_INSERT_UPDATE": _ACCESS,
    "INSUFFICIENT_ACCESS_OR_READONLY": _ACCESS,
    "INSUFFICIENT_ACCESS_ON_CROSS_REFERENCE_ENTITY": _ACCESS,
    "TXN_SECURITY_METERING_ERROR": Meaning(
        "A transaction security policy stops the integration user: exempt it.", FIX_PERMISSION
    ),
    "INVALID_FIELD": Meaning("Create the field in Salesforce, or let the integration user see it.", FIX_PERMISSION),
    "STORAGE_LIMIT_EXCEEDED": Meaning("Salesforce's storage is full: free some, then retry.", FIX_PERMISSION),
    "UNABLE_TO_LOCK_ROW": _BUSY,
    "SERVER_UNAVAILABLE": _BUSY,
    "REQUEST_LIMIT_EXCEEDED": _BUSY,
    "REQUEST_RUNNING_TOO_LONG": _BUSY,
    "PROCESSING_HALTED": _BUSY,
    "ALL_OR_NONE_OPERATION_ROLLED_BACK": _BUSY,
    "UNKNOWN_EXCEPTION": _BUSY,
}
_UNKNOWN = Meaning("Look at the sentence Salesforce gives, correct the record, then retry.")


def salesforce_refusal(errors: Any) -> tuple[Refusal, str]:
    """The first of a record's errors as a `Refusal`, and the vendor's name of the field ("" if it names none).

    Rows answer with `errorCode`, collections and composites with `statusCode`; `fields` may be absent.
    """
    first = errors[0] if isinstance(errors, Sequence) and errors and isinstance(errors[0], Mapping) else {}
    code = str(first.get("errorCode") or first.get("statusCode") or "UNKNOWN_EXCEPTION")
    message = _one_line(str(first.get("message") or code))
    fields = first.get("fields")
    named = str(fields[0]) if isinstance(fields, Sequence) and not isinstance(fields, str) and fields else ""
    meaning = SALESFORCE.get(code, _UNKNOWN)
    return Refusal(code=code, message=f"Salesforce: {message}", remedy=meaning.remedy, retry=meaning.retry), named


@dataclass(frozen=True, slots=True)
class _Sentence:
    """A pattern in Xero's sentence, the code we give it, and the Xero field it is about."""

    pattern: re.Pattern[str]
    code: str
    field: str
    meaning: Meaning


def _sentence(pattern: str, code: str, field: str, remedy: str, retry: str = FIX_DATA) -> _Sentence:
    return _Sentence(re.compile(pattern, re.IGNORECASE), code, field, Meaning(remedy, retry))


# The first that fits: sentences quote names, and a name may hold any words.
XERO: tuple[_Sentence, ...] = (
    _sentence(
        "contact name .*already assigned|existing contact with (that )?name|cannot be updated to use new name",
        "duplicate_name",
        "Name",
        "Another active contact has this name: link the two, or give one another name.",
    ),
    _sentence(
        "matched an archived contact|archived contacts cannot",
        "archived",
        "",
        "Restore the contact in Xero, or retire both records.",
        FIX_PERMISSION,
    ),
    _sentence(
        "contact number", "duplicate_number", "ContactNumber", "Another contact carries this number: link that contact."
    ),
    _sentence(
        "account number already exists",
        "duplicate_account_number",
        "AccountNumber",
        "Give one of the two another number.",
    ),
    _sentence("contact name cannot be empty", "name_missing", "Name", "Give the record a name."),
    _sentence("email address", "invalid_email", "EmailAddress", "Correct the e-mail address."),
    _sentence(
        "^website must be valid",
        "invalid_website",
        "",
        "Begin the contact's website with https:// in Xero, or clear it there: no app may change it, nor anything else "
        "of the contact until then.",
    ),
    _sentence("tax number", "invalid_tax_number", "TaxNumber", "Correct the tax number."),
    _sentence("account number", "invalid_account_number", "AccountNumber", "Correct the account number."),
    _sentence("phone", "invalid_phone", "", "Correct the phone number."),
    _sentence("address|postal code|country|region|city", "invalid_address", "", "Correct the address."),
    _sentence("name", "invalid_name", "Name", "Correct the name."),
)


def xero_refusal(messages: Sequence[str]) -> tuple[Refusal, str]:
    """A contact's validation errors as a `Refusal`, and Xero's name of the field ("" if none is clear)."""
    told = _one_line(" ".join(messages)) or "Xero refused the record without a reason."
    for one in XERO:
        if one.pattern.search(told):
            refusal = Refusal(
                code=one.code, message=f"Xero: {told}", remedy=one.meaning.remedy, retry=one.meaning.retry
            )
            return refusal, one.field
    return Refusal(code="validation", message=f"Xero: {told}", remedy="Correct the record, then retry."), ""


def _one_line(text: str, longest: int = 500) -> str:
    """The vendor's sentence, fit for a list: no line breaks, not endless."""
    return " ".join(text.split())[:longest]
