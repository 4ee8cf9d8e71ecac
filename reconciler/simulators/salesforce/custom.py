"""Fields that an administrator declares: checked when the setting is made, turned into columns of the schema.

    {"Account.Region__c": {"type": "picklist", "choices": ["North", "South"], "restricted": true}}

Keys of a declaration: type, label, length, choices, restricted, unique, external_id, required, precision, scale.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from reconciler.simulators.kit import Refused
from reconciler.simulators.kit.amounts import is_whole
from reconciler.simulators.salesforce.objects import objects
from reconciler.simulators.salesforce.schema import Field

TYPES = {
    "string": 255, "textarea": 255, "email": 80, "phone": 40, "url": 255, "picklist": 255, "multipicklist": 4099,
    "boolean": 0, "double": 0, "currency": 0, "percent": 0, "date": 0, "datetime": 0,
}  # fmt: skip
"""Every type that can be declared, with its length if none is given."""

KEYS = {
    "type": str, "label": str, "length": int, "choices": list, "restricted": bool, "unique": bool,
    "external_id": bool, "required": bool, "precision": int, "scale": int,
}  # fmt: skip
MARKED = {"unique": ("string", "email", "double"), "external_id": ("string", "email")}
"""What only some types can be; the vendor's numbers can be external ids too, which is not simulated."""
OBJECTS = ("Account", "Contact")
LONGEST_TEXT, MOST_DIGITS = 131_072, 18
TAKEN = {f"{name}.{column.name}".lower() for name, each in objects(picklists=True).items() for column in each.fields}
_NAME = re.compile(r"(\w+)\.([A-Za-z]\w*__c)")


def check_custom_fields(declared: Any) -> None:
    if not isinstance(declared, Mapping):
        raise Refused('custom_fields is {"Account.Name__c": {"type": ...}}.')
    for name, about in declared.items():
        found = _NAME.fullmatch(str(name))
        if found is None or found.group(1) not in OBJECTS:
            raise Refused(f"A custom field is named Object.Name__c, with an object of {', '.join(OBJECTS)}.")
        _check_declaration(name, about)
    names = [name.lower() for name in declared]
    if len(set(names)) < len(names) or not TAKEN.isdisjoint(names):
        raise Refused("An object has no two fields of one name, whatever its letter case.")


def _check_declaration(name: str, about: Any) -> None:
    if not isinstance(about, Mapping) or about.get("type") not in (*TYPES,):
        raise Refused(f"{name} needs a type of {', '.join(TYPES)}.")
    for key, value in about.items():
        if key not in KEYS or type(value) is not KEYS[key]:
            raise Refused(f"{name} is declared by {', '.join(KEYS)}, each with a value of its kind.")
    _check_size(name, about)
    for mark, kinds in MARKED.items():
        if about.get(mark) and about["type"] not in kinds:
            raise Refused(f"{name} can be {mark} only as {' or '.join(kinds)}.")
    if not all(isinstance(choice, str) and choice for choice in about.get("choices", ())):
        raise Refused(f"The choices of {name} are texts.")


def _check_size(name: str, about: Mapping[str, Any]) -> None:
    digits, places = about.get("precision", MOST_DIGITS), about.get("scale", 0)
    if not is_whole(about.get("length", 1), 1, LONGEST_TEXT):
        raise Refused(f"{name} has a length from 1 to {LONGEST_TEXT}.")
    if not is_whole(digits, 1, MOST_DIGITS) or not is_whole(places, 0, digits):
        raise Refused(f"{name} has a precision from 1 to {MOST_DIGITS}, and a scale within it.")


def custom_fields(declared: Mapping[str, Mapping[str, Any]], sobject: str) -> tuple[Field, ...]:
    """The columns declared for one object."""
    named = ((name.partition("."), about) for name, about in declared.items())
    return tuple(_field(name, about) for (owner, _, name), about in named if owner == sobject)


def _field(name: str, about: Mapping[str, Any]) -> Field:
    kind = about["type"]
    always = kind == "boolean"
    numeric = kind in ("double", "currency", "percent")
    return Field(
        name,
        kind,
        about.get("label", name.removesuffix("__c").replace("_", " ")),
        about.get("length", TYPES[kind]),
        "CUD" if always else "CU" if about.get("required") else "CUN",
        unique=about.get("unique", False),
        external=about.get("external_id", False),
        restricted=about.get("restricted", False),
        precision=about.get("precision", 18 if numeric else 0),
        scale=about.get("scale", 2 if numeric else 0),
        choices=tuple(about.get("choices", ())),
    )
