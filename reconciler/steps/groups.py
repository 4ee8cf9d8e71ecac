"""Steps onto one record are one write: they are looked at, sent and settled together."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from reconciler.core.model import Ref
from reconciler.store.journal import Step


class Group(NamedTuple):
    """The steps onto one record, which are one write; `refs` are that record and those it is written from."""

    ref: Ref
    steps: tuple[Step, ...]
    refs: frozenset[Ref]


def grouped(steps: Sequence[Step]) -> list[Group]:
    """The groups that these steps make, in order."""
    by: dict[Ref, list[Step]] = {}
    for step in steps:
        by.setdefault(step.ref, []).append(step)
    return [_group(ref, group) for ref, group in by.items()]


def _group(ref: Ref, steps: Sequence[Step]) -> Group:
    return Group(ref, tuple(steps), frozenset([ref, *[step.source for step in steps if step.source]]))
