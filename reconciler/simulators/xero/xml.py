"""Bodies in XML, which the vendor takes as well as JSON, as the values that the JSON would have had.

Reading only: every answer is JSON.  Types cannot be told from XML, so all values come as text.
"""

from __future__ import annotations

from typing import Any
from xml.etree import ElementTree as ET

LISTS = {
    "Contacts": "Contact",
    "ContactGroups": "ContactGroup",
    "ContactPersons": "ContactPerson",
    "Addresses": "Address",
    "Phones": "Phone",
    "HistoryRecords": "HistoryRecord",
}
SINGLE = {item: name for name, item in LISTS.items()}
OBJECTS = {*SINGLE, "PaymentTerms", "Bills", "Sales", "BatchPayments"}
"""Empty, they are objects without members, where any other element would be an empty text."""
DEEPEST = 20


class NotXml(ValueError):
    """The body cannot be read, or is nothing that the vendor takes."""


def read(body: bytes) -> dict[str, Any]:
    """{"Contacts": [...]} and the like, from <Contacts><Contact>... or from a single <Contact>."""
    try:
        text = body.decode("utf-8-sig")
        if "<!DOCTYPE" in text:
            raise NotXml("a document type is not taken")
        root = ET.fromstring(text)  # noqa: S314 - no document type gets here, so there is nothing to expand
    except (ET.ParseError, ValueError) as error:
        raise NotXml(str(error)) from error
    name = _name(root)
    if name in SINGLE:
        return {SINGLE[name]: [_value(root)]}
    return {name: _value(root)}


def _value(element: ET.Element, depth: int = 0) -> Any:
    if depth > DEEPEST:
        raise NotXml("nested too deeply")
    if _name(element) in LISTS:
        return [_value(child, depth + 1) for child in element]
    if len(element):
        return {_name(child): _value(child, depth + 1) for child in element}
    text = (element.text or "").strip()
    return {} if not text and _name(element) in OBJECTS else text


def _name(element: ET.Element) -> str:
    """Without its namespace."""
    return str(element.tag).rpartition("}")[2]
