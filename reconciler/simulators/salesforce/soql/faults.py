"""A query's errors, with the vendor's layout: the text, a caret under the place, the row and column."""

from __future__ import annotations

import re

from reconciler.simulators.salesforce.errors import ApiError

CONTEXT = 30
_ADVICE = (
    "If you are attempting to use a custom field, be sure to append the '__c' after the custom field name. "
    "Please reference your WSDL or the describe call for the appropriate names."
)

_RELATION_ADVICE = (
    "If you are attempting to use a custom relationship, be sure to append the '__r' after the custom relationship "
    "name. Please reference your WSDL or the describe call for the appropriate names."
)


def at_place(code: str, text: str, at: int, message: str) -> ApiError:
    row = text.count("\n", 0, at) + 1
    start = text.rfind("\n", 0, at) + 1
    shown, caret = _around(text[start:].partition("\n")[0], at - start)
    return ApiError(code, f"\n{shown}\n{' ' * caret}^\nERROR at Row:{row}:Column:{at - start + 1}\n{message}")


def _around(line: str, at: int) -> tuple[str, int]:
    """Of a long line only the words that begin or end within some thirty characters of the place."""
    before, after = line[: max(0, at - CONTEXT)], line[at + CONTEXT :]
    first = len(before) - len(re.split(r"\s", before)[-1])
    last = len(line) - len(after) + len(re.split(r"\s", after)[0])
    return line[first:last], at - first


def malformed(text: str, at: int, message: str) -> ApiError:
    return at_place("MALFORMED_QUERY", text, at, message)


def unknown_column(text: str, at: int, name: str, sobject: str) -> ApiError:
    return at_place("INVALID_FIELD", text, at, f"No such column '{name}' on entity '{sobject}'. {_ADVICE}")


def unknown_relation(text: str, at: int, name: str) -> ApiError:
    message = f"Didn't understand relationship '{name}' in field path. {_RELATION_ADVICE}"
    return at_place("INVALID_FIELD", text, at, message)
