"""Steps onto one record are one write: they are looked at, sent and settled together."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from reconciler.core.model import Ref
from reconciler.store.journal import Step


@dataclass(frozen=True, slots=True)
class Group:
    """The steps onto one record, which are one write."""

    ref: Ref
    steps: tuple[Step, ...]

    @property
    def refs(self) -> set[Ref]:
        """The records that the steps are about: the one to be written, and those it is written from."""
        return {self.ref, *(step.source for step in self.steps if step.source)}


def grouped(steps: Sequence[Step]) -> list[Group]:
    """The groups that these steps make, in order."""
    by: dict[Ref, list[Step]] = {}
    for step in steps:
        by.setdefault(step.ref, []).append(step)
    return [Group(ref, tuple(group)) for ref, group in by.items()]
