"""Names that must be unique: renames in an order in which each name is free when it is taken.

Xero refuses a name that another active contact has, whatever its letter case.  A rename that frees a name comes before
the one that takes it; a circle of names, or a name that nobody frees, is a rejection naming the other record.
"""

from __future__ import annotations

from collections import defaultdict, deque
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from reconciler.core.model import Record, Ref
from reconciler.core.plan import Action
from reconciler.errors import Refusal


@dataclass(frozen=True, slots=True)
class Taken:
    """A rename that cannot be made: the action without it, what was wanted, and why not."""

    action: Action
    name: str
    refusal: Refusal


def in_order(renames: Sequence[Action], holders: Iterable[Record]) -> tuple[list[Action], list[Taken]]:
    """Order renames so that each finds its name free; those that never can are returned without the name."""
    names = {record.ref: key(record.fields.get("name", "")) for record in holders}
    held = defaultdict[str, set[Ref]](set)  # by more than one, where Xero tells names apart that have one key here
    for ref, name in names.items():
        held[name].add(ref)
    looked_at, ordered = deque(renames), list[Action]()
    waiting: dict[str, list[Action]] = {}  # by the name they wait for
    while looked_at:
        action = looked_at.popleft()
        wanted = _wanted(action)
        if held[wanted] - {action.ref}:
            waiting.setdefault(wanted, []).append(action)
            continue
        ordered.append(action)
        freed, names[action.ref] = names.get(action.ref, wanted), wanted
        held[wanted].add(action.ref)
        if freed != wanted:
            held[freed].remove(action.ref)
            looked_at.extend(waiting.pop(freed, ()))
    left = [action for kept in waiting.values() for action in kept]
    waits_for = {action.ref: min(held[_wanted(action)] - {action.ref}) for action in left}
    return ordered, [_refused(action, waits_for) for action in left]


def key(name: object) -> str:
    """Two names with the same key are one name to Xero."""
    return " ".join(str(name).casefold().split())


def _wanted(action: Action) -> str:
    return key(action.fields["name"].new)


def _refused(action: Action, waits_for: Mapping[Ref, Ref]) -> Taken:
    holder, name = waits_for[action.ref], str(action.fields["name"].new)
    message = f"The name {name!r} belongs to another active contact in Xero ({holder})."
    remedy = "Rename or archive that contact in Xero and have this tried again, or choose another name here."
    if _comes_round(action.ref, waits_for):
        message = f"The name {name!r} belongs to {holder}, which is itself waiting for a name: they exchange names."
        remedy = "Give one of them another name for a moment, sync, and have the other tried again."
    rest = {field: change for field, change in action.fields.items() if field != "name"}
    return Taken(action._replace(fields=rest), name, Refusal("NAME_TAKEN", message, "name", remedy))


def _comes_round(start: Ref, waits_for: Mapping[Ref, Ref]) -> bool:
    """Whether the one that has the name waits, itself or through others, for the name that `start` has."""
    at: Ref | None = waits_for[start]
    for _ in waits_for:
        if at is None or at == start:
            break
        at = waits_for.get(at)
    return at == start
