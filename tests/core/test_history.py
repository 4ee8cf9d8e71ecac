"""What a side's own history adds to the evidence: a point where it names the field, else a quotation."""

from __future__ import annotations

from datetime import timedelta

import pytest

from reconciler.core.history import Line, sharpen
from reconciler.core.model import Edit, Grade, Side
from reconciler.core.schema import ADDRESS, FieldRule
from tests.core.linked_pair import NOON, REFS

RULE = FieldRule("phone", "Phone", "Phones.DEFAULT", "phone")
BILLING = FieldRule("billing", "Billing", "Addresses.POBOX", "address", members=ADDRESS)
EDIT = Edit(NOON, NOON + timedelta(minutes=30), Grade.INTERVAL, "the last to touch it")
NOW = "+64 9 2"


def told(minute: float, value: str | None = NOW, *, by: str = "Hana", field: str = "phone", member: str = "") -> Line:
    at = NOON + timedelta(minutes=minute)
    return Line(REFS[Side.SALESFORCE], at, by, f"{by}: {field} became {value}", field, member, value)


def test_a_line_that_names_the_field_is_the_time_and_the_person_of_its_edit() -> None:
    found = sharpen(RULE, EDIT, NOW, [told(10)])
    assert (found.after, found.until, found.grade, found.by) == (
        NOON + timedelta(minutes=10), NOON + timedelta(minutes=10), Grade.FIELD, "Hana",
    )  # fmt: skip
    assert found.told == ("Hana: phone became +64 9 2",)


def test_of_several_edits_the_one_that_left_the_value_counts_and_all_are_quoted() -> None:
    found = sharpen(RULE, EDIT, NOW, [told(20), told(10, "+64 9 7", by="Rui")])
    assert (found.until, found.by) == (NOON + timedelta(minutes=20), "Hana")
    assert found.told == ("Rui: phone became +64 9 7", "Hana: phone became +64 9 2")


@pytest.mark.parametrize(
    "lines",
    {
        "nothing is tracked": [],
        "only another field is tracked": [told(10, field="fax")],
        "it ends with another value, so it is behind or ahead of what was read": [told(10, "+64 9 7")],
        "before anybody had last seen the old value": [told(-1)],
        "after what was read": [told(40)],
    }.values(),
)
def test_a_history_that_does_not_lead_to_the_value_gives_no_point(lines: list[Line]) -> None:
    found = sharpen(RULE, EDIT, NOW, lines)
    assert (found.after, found.until, found.grade, found.by) == (EDIT.after, EDIT.until, EDIT.grade, EDIT.by)
    assert found.told is not None


def test_a_history_that_names_no_field_is_quoted_and_proves_no_time() -> None:
    found = sharpen(RULE, Edit(EDIT.after, EDIT.until), NOW, [told(10, None, field="")])
    assert (found.grade, found.until) == (Grade.INTERVAL, EDIT.until)
    assert found.told == ("Hana:  became None",)
    assert found.by == "Hana"


def test_who_it_was_is_not_said_where_several_people_edited_in_that_time() -> None:
    lines = [told(10, None, field=""), told(11, None, field="", by="Rui")]
    assert sharpen(RULE, Edit(EDIT.after, EDIT.until), NOW, lines).by == ""


def test_a_group_was_edited_when_its_last_member_was() -> None:
    now = ("1 Quay Street", "Napier", "", "4110", "")
    street = told(10, "1 Quay Street", field="billing", member="street")
    city = told(20, "Napier", field="billing", member="city", by="Rui")
    found = sharpen(BILLING, EDIT, now, [city, street])
    assert (found.grade, found.until, found.by) == (Grade.FIELD, NOON + timedelta(minutes=20), "Rui")
    behind = told(15, "2 Quay Street", field="billing", member="street")
    assert sharpen(BILLING, EDIT, now, [city, behind]).grade is Grade.INTERVAL


def test_a_long_text_whose_values_are_not_kept_is_dated_all_the_same() -> None:
    assert sharpen(RULE, EDIT, NOW, [told(10, None)]).grade is Grade.FIELD
