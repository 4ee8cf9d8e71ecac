"""What a filter can make of a value: the properties and methods of its type, each as another field."""

from __future__ import annotations

import operator
from collections.abc import Callable, Sequence
from typing import Any

from reconciler.simulators.xero.fields import DATE, FLAG, GUID, NUMBER, TEXT, Field, Unparsable

_Made = tuple[str, Callable[..., Any]]
"""The type of what is made, and how."""

_PROPERTIES: dict[tuple[str, str], _Made] = {
    (TEXT, "length"): (NUMBER, len),
    (DATE, "year"): (NUMBER, lambda moment: moment.year),
    (DATE, "month"): (NUMBER, lambda moment: moment.month),
    (DATE, "day"): (NUMBER, lambda moment: moment.day),
    (DATE, "date"): (DATE, lambda moment: moment.replace(hour=0, minute=0, second=0, microsecond=0)),
}
_METHODS: dict[tuple[str, str, tuple[str, ...]], _Made] = {
    (TEXT, "contains", (TEXT,)): (FLAG, operator.contains),
    (TEXT, "startswith", (TEXT,)): (FLAG, str.startswith),
    (TEXT, "endswith", (TEXT,)): (FLAG, str.endswith),
    (TEXT, "tolower", ()): (TEXT, str.lower),
    (TEXT, "toupper", ()): (TEXT, str.upper),
    (TEXT, "trim", ()): (TEXT, str.strip),
    (TEXT, "replace", (TEXT, TEXT)): (TEXT, lambda text, old, new: text.replace(old, new) if old else text),
    (TEXT, "tostring", ()): (TEXT, str),
    (GUID, "tostring", ()): (TEXT, str),
}


def member(field: Field, name: str) -> Field:
    """A property of a value, or a member of an object."""
    if field.members is not None:
        found = field.members.find(name)
        return Field("", found.type, _made(found.read, [field]), found.members)
    made = _PROPERTIES.get((field.type, name.lower()))
    if made is None:
        raise Unparsable(f"No property or field '{name}' exists in type '{field.type}'")
    return Field("", made[0], _made(made[1], [field]))


def called(field: Field, name: str, given: Sequence[Field]) -> Field:
    """What a method gives for a value; nothing for a value that is not there, and so a flag that is not up."""
    made = _METHODS.get((field.type, name.lower(), tuple(one.type for one in given)))
    if made is None:
        raise Unparsable(f"No applicable method '{name}' exists in type '{field.type}'")
    kind, work = made
    return Field("", kind, _made(work, [field, *given], nothing=False if kind == FLAG else None))


def _made(work: Callable[..., Any], fields: Sequence[Field], nothing: Any = None) -> Callable[[Any], Any]:
    reads = [field.read for field in fields]

    def read(record: Any) -> Any:
        values = [each(record) for each in reads]
        return nothing if None in values else work(*values)

    return read
