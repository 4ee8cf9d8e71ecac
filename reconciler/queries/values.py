"""Shared values as they are shown: text for people, JSON for scripts.

The tables keep a group as a list in the order of its members; here the members get their names back.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

from reconciler.core.schema import ADDRESS

Json: TypeAlias = str | dict[str, str] | None


@dataclass(frozen=True, slots=True)
class Shown:
    """A value: its text (a group's filled members, a line each), and the members when it is a group."""

    text: str
    members: tuple[tuple[str, str], ...] = ()

    @property
    def is_blank(self) -> bool:
        """Whether nothing is filled in."""
        return not self.text

    @property
    def json(self) -> Json:
        """The value as scripts read it: text, or the members by name in their order."""
        return dict(self.members) if self.members else self.text


def shown(raw: Any, members: Sequence[str] = ()) -> Shown | None:
    """Read a stored value; None where the side never had one."""
    if raw is None:
        return None
    if isinstance(raw, str):
        return Shown(raw)
    names = members or (ADDRESS if len(raw) == len(ADDRESS) else tuple(str(n + 1) for n in range(len(raw))))
    pairs = tuple(zip(names, map(str, raw), strict=True))
    return Shown("\n".join(text for _, text in pairs if text), pairs)


def shown_all(raw: Mapping[str, Any], members: Sequence[str] = ()) -> dict[str, Shown]:
    """Read a value per side, leaving out the sides that have none."""
    return {side: value for side, each in raw.items() if (value := shown(each, members)) is not None}


def json_of(value: Shown | None) -> Json:
    """The value as scripts read it; null where there is none."""
    return None if value is None else value.json
