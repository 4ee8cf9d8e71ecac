"""Removal, merge, archive, return and opt-in against what happens on the other side: every cell, through both vendors.

Each cell is one customer: linked, then the act, then what somebody does on the other side, then two runs.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import product

import pytest
from sqlalchemy import Engine

from reconciler.core.model import Side
from tests.adapters.wired import Wired
from tests.removals.story import TYPED, S, Story, X


@dataclass(frozen=True, slots=True)
class Cell:
    """What is expected: the pair still linked (None: no link), its standing, what is asked, and where the edit is."""

    act: str
    other: str
    pair: tuple[str, str] | None
    status: str = "active"
    asked: tuple[str, ...] = ()
    carried: bool = False  # whether the edit on the other side has reached this one

    def __str__(self) -> str:
        return f"{self.act}, {self.other}"


PAIR = ("account", "contact")
TO_SPARE_ACCOUNT = ("spare account", "contact")
TO_SPARE_CONTACT = ("account", "spare contact")
CELLS = [
    Cell("delete", "untouched", PAIR, asked=("removed",)),
    Cell("delete", "edited", PAIR, asked=("removed",)),
    Cell("delete", "removed too", PAIR),
    Cell("archive", "untouched", PAIR, asked=("archived",)),
    Cell("archive", "edited", PAIR, asked=("archived",)),
    Cell("archive", "removed too", PAIR),
    Cell("merge into an unlinked account", "untouched", TO_SPARE_ACCOUNT),
    Cell("merge into an unlinked account", "edited", TO_SPARE_ACCOUNT, carried=True),
    Cell("merge into an unlinked account", "removed too", TO_SPARE_ACCOUNT, asked=("archived",)),
    Cell("merge into an unlinked contact", "untouched", TO_SPARE_CONTACT),
    Cell("merge into an unlinked contact", "edited", TO_SPARE_CONTACT, carried=True),
    Cell("merge into an unlinked contact", "removed too", TO_SPARE_CONTACT, asked=("removed",)),
    Cell("merge into a linked account", "untouched", None, asked=("merged",)),
    Cell("merge into a linked account", "edited", None, asked=("merged",)),
    Cell("merge into a linked account", "removed too", None),
    Cell("merge into a linked contact", "untouched", None, asked=("merged",)),
    Cell("merge into a linked contact", "edited", None, asked=("merged",)),
    Cell("merge into a linked contact", "removed too", None),
    Cell("delete, undelete", "untouched", PAIR),
    Cell("delete, undelete", "edited", PAIR, carried=True),
    Cell("delete, undelete", "removed too", PAIR, asked=("archived",)),
    Cell("archive, restore", "untouched", PAIR),
    Cell("archive, restore", "edited", PAIR, carried=True),
    Cell("archive, restore", "removed too", PAIR, asked=("removed",)),
    Cell("clear the flag", "untouched", PAIR, "suspended"),
    Cell("clear the flag", "edited", PAIR, "suspended"),
    Cell("clear the flag", "removed too", PAIR, "suspended"),
    Cell("clear the flag, set the flag", "untouched", PAIR),
    Cell("clear the flag, set the flag", "edited", PAIR, carried=True),
    Cell("clear the flag, set the flag", "removed too", PAIR, asked=("archived",)),
]


def test_the_table_has_every_cell() -> None:
    cells = [(cell.act, cell.other) for cell in CELLS]
    every = product({act for act, _ in cells}, ("untouched", "edited", "removed too"))
    assert sorted(cells) == sorted(every)


def on_the_other_side(act: str, other: str) -> list[str]:
    """What somebody does where the act did not happen."""
    in_xero = any(word in act for word in ("archive", "contact"))
    if other == "edited":
        return ["type in Salesforce" if in_xero else "type in Xero"]
    return ["delete" if in_xero else "archive"] if other == "removed too" else []


@dataclass(frozen=True, slots=True)
class Played:
    """All cells, played side by side: every customer's acts, round after round, and a run after each."""

    story: Story
    made: dict[Side, set[str]]  # the records there were before anything happened
    writes: int  # of one more run, when all is over


@pytest.fixture(scope="module")
def played(theatre: tuple[Wired, Engine]) -> Played:
    story = Story(*theatre, roles=len(CELLS))
    made = {side: set(story.records(side)) for side in (S, X)}
    rounds = [[*cell.act.split(", ")] for cell in CELLS]
    for number in range(2):
        for role, acts in zip(story.cast, rounds, strict=True):
            if number < len(acts):
                story.act(role, acts[number])
        if number == 0:
            story.live.run()
    for role, cell in zip(story.cast, CELLS, strict=True):
        for act in on_the_other_side(cell.act, cell.other):
            story.act(role, act)
    story.live.run()
    story.live.run()
    return Played(story, made, story.live.run()["writes"])


@pytest.mark.parametrize("number", range(len(CELLS)), ids=map(str, CELLS))
def test_the_cell_holds(played: Played, number: int) -> None:
    story, cell, role = played.story, CELLS[number], played.story.cast[number]
    expected = {(role.place(cell.pair[0]), role.place(cell.pair[1])): cell.status} if cell.pair else {}
    assert story.links(role) == expected
    assert story.asked(role) == sorted(cell.asked)
    if cell.other == "edited":
        here = X if on_the_other_side(cell.act, "edited") == ["type in Xero"] else S
        assert story.phone(here, role.pair[here]) == TYPED, "an edit survives"
        if cell.pair:
            there = role.place(cell.pair[0 if here is X else 1])
            assert (story.phone(here.other, there) == TYPED) is cell.carried


def test_nothing_is_made_anew_and_nothing_is_written_once_all_is_asked(played: Played) -> None:
    assert {side: set(played.story.records(side)) for side in (S, X)} == played.made
    assert played.writes == 0
