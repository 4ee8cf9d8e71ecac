"""What one side is likely to hold twice: told with its reasons, never put together by us."""

from __future__ import annotations

from reconciler.core.model import Side
from reconciler.queries import duplicates
from reconciler.queries.duplicates import Group
from tests.engine.bench import Bench, S, X

MAIL, PHONE = "accounts@aurora.example", "+64 9 300 1000"


def groups(bench: Bench, side: Side | None = None) -> list[Group]:
    with bench.session() as session:
        return list(duplicates.duplicates(session, bench.id, side).rows)


def test_records_of_one_side_with_one_name_and_nothing_against_it_are_told_with_the_reasons(bench):
    one = bench.customer("Aurora Brewing Ltd", email=MAIL)
    other = bench.customer("AURORA BREWING", email=MAIL.upper(), phone=PHONE)
    third = bench.customer("Aurora Brweing Limited", phone=PHONE)
    bench.customer("Boreal Bakery")
    bench.run()
    (group,) = groups(bench, S)
    assert group.side == "salesforce"
    assert {record.ref for record in group.records} == {str(each.ref) for each in (one, other, third)}
    assert group.reasons == ("same name", "nearly the same name", "same e-mail", "same telephone")


def test_each_side_is_told_of_by_itself_and_a_partner_on_the_other_is_no_duplicate(bench):
    bench.customer("Aurora Brewing", email=MAIL)
    bench.customer("Aurora Brewing", X, email=MAIL)
    bench.customer("Aurora Brewing Ltd", X, phone=PHONE)
    bench.run()
    assert [group.side for group in groups(bench)] == ["xero"]
    assert groups(bench, S) == []


def test_a_family_a_holding_and_two_towns_are_no_duplicates(bench):
    home = ("1 Elgin Street", "Auckland", "", "1010", "NZ")
    bench.customer("Anna Keller", phone=PHONE, billing=home)
    bench.customer("Karl Keller", phone=PHONE, billing=home)
    bench.customer("Aurora Holdings", email=MAIL)
    bench.customer("Aurora Brewing", email=MAIL)
    bench.customer("Boreal Bakery", billing=home)
    bench.customer("Boreal Bakery", billing=("2 King Street", "Wellington", "", "6011", "NZ"))
    bench.run()
    assert groups(bench) == []


def test_a_search_that_was_cut_says_on_which_side(bench):
    for name in ("Aurora Brewing", "Boreal Bakery"):
        for _ in range(2):
            bench.customer(name, X)
    bench.customer("Coral Cafe")
    bench.run()
    with bench.session() as session:
        whole, part = (duplicates.duplicates(session, bench.id, most=most) for most in (duplicates.MOST, 1))
    assert (len(whole.rows), whole.cut, duplicates.caveat(whole.cut)) == (2, (), "")
    assert (len(part.rows), part.cut) == (1, ("xero",))
    assert "There may be more in Xero" in duplicates.caveat(part.cut)


def test_long_lists_are_cut_into_pages_that_follow_each_other(bench):
    for number in range(5):
        for _ in range(2):
            bench.customer(f"Customer {'abcde'[number] * 6}")
    bench.run()
    with bench.session() as session:
        first = duplicates.duplicates(session, bench.id, limit=3)
        second = duplicates.duplicates(session, bench.id, after=first.next, limit=3)
    assert (len(first.rows), len(second.rows), second.next) == (3, 2, None)
