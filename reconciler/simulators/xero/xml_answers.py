"""Answers of the Accounting API in XML, made of the JSON that they would have been.  Knows nothing of what they say.

Dates are ISO here, what JSON alone has is left out, and what became of an element of a batch is its attribute `status`.
"""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime
from typing import Any
from xml.etree import ElementTree as ET

from werkzeug.wrappers import Request, Response

XML = "text/xml; charset=utf-8"
_XSI, _XSD = "http://www.w3.org/2001/XMLSchema-instance", "http://www.w3.org/2001/XMLSchema"
_KINDS = ("application/json", "text/xml", "application/xml")
_DATE = re.compile(r"/Date\((-?\d+)(?:\+0000)?\)/")
_JSON_ONLY = {"HasValidationErrors", "DateUTCString", "StatusAttributeString"}
_UNWRITABLE = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
"""Characters that XML has no way to tell."""


def wanted(request: Request) -> bool:
    """Whether the caller would rather have XML; one that takes anything gets JSON."""
    return (request.accept_mimetypes.best_match(_KINDS) or "").endswith("xml")


def translate(answer: Response) -> None:
    """Put the answer into XML; one that is no JSON of the API itself stays as it is."""
    told = answer.get_json(silent=True)
    if not isinstance(told, dict) or "Title" in told:
        return
    root = ET.Element("ApiException" if "ErrorNumber" in told else "Response", {"xmlns:xsi": _XSI, "xmlns:xsd": _XSD})
    _fill(root, told)
    answer.set_data(ET.tostring(root, encoding="utf-8"))
    answer.content_type = XML


def _fill(parent: ET.Element, members: dict[str, Any]) -> None:
    if "StatusAttributeString" in members:
        parent.set("status", members["StatusAttributeString"])
    for name, value in members.items():
        if name not in _JSON_ONLY:
            _write(ET.SubElement(parent, name), value)


def _write(element: ET.Element, value: Any) -> None:
    if isinstance(value, list):
        for item in value:
            _write(_item(element, item), item)
    elif isinstance(value, dict):
        _fill(element, value)
    else:
        element.text = _text(element.tag, value)


def _item(parent: ET.Element, item: Any) -> ET.Element:
    """One of a list: an element in the singular, but for those of a refusal, which say of what type they are."""
    if parent.tag != "Elements":
        return ET.SubElement(parent, _singular(parent.tag))
    kind = next((name for name, key in _IDS.items() if key in item), "HistoryRecord")
    return ET.SubElement(parent, "DataContractBase", {"xsi:type": kind})


_IDS = {"ContactGroup": "ContactGroupID", "Contact": "ContactID"}


def _singular(name: str) -> str:
    for ending, single in (("ies", "y"), ("sses", "ss"), ("s", "")):
        if name.endswith(ending):
            return name.removesuffix(ending) + single
    return name


def _text(name: str, value: Any) -> str:
    if not isinstance(value, str):
        return json.dumps(value)
    date = _DATE.fullmatch(value)
    return _iso(name, int(date[1])) if date else _UNWRITABLE.sub("", value)


def _iso(name: str, milliseconds: int) -> str:
    """With as many digits of a second as there are; only the moment of the answer itself names its zone."""
    moment = datetime.fromtimestamp(milliseconds / 1000, UTC)
    thousandths = f".{milliseconds % 1000:03d}".rstrip("0") if milliseconds % 1000 else ""
    return f"{moment:%Y-%m-%dT%H:%M:%S}{thousandths}{'Z' if name == 'DateTimeUTC' else ''}"
