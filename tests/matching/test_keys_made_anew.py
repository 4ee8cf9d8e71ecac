"""Stored keys belong to one way of making them: another way is noticed, and makes them anew before anyone is sought."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from hashlib import sha256
from itertools import groupby

from sqlalchemy import update

from reconciler.core.match import places, words
from reconciler.core.match.finding import FOLDING, SORTS, Key, sort_of
from reconciler.core.match.profile import FOUND_BY, of_fields
from reconciler.core.model import Fields
from reconciler.core.values import keys as folds
from reconciler.ports import Page
from reconciler.queries import duplicates
from reconciler.store import folding, keys
from reconciler.store.tables import ConnectionRow, MatchKeyRow
from tests.engine.bench import Bench, S, X

MADE = {1: "f185d4721fa6ae4e", 2: "c4f78ace68c124ed"}  # by FOLDING: what the specimens' keys come to
NAMES = (
    "The Aurora Brewing Co. Ltd", "S.A. Müller & Söhne", "O’Brien+Partners", "Ærø Smørrebrød A/S", "Lab", "3D", "Ü",
)  # fmt: skip
PHONES = ("+64 9 300 1000", "(09) 300-1000", "0064 9 3001000 ext 12", "1300 655 506", "1000")
NUMBERS = ("NZ 123-456-789", "DE811907980", "n/a", "000000", "51 824 753 556")


def specimens() -> Iterator[Fields]:
    """A record for each word that is folded and each turn that folding takes."""
    known = sorted({*words._FORMS, *(" ".join(each) for each in folds._SUFFIXES)})
    yield from ({"name": f"Aurora {word} Kauri {word}"} for word in known)
    yield from ({"name": name} for name in NAMES)
    yield from ({"email": f"info@{domain}"} for domain in sorted(folds._SHARED_DOMAINS))
    yield {"email": "Accounts+Old@Aurora.example", "website": "HTTPS://www.Aurora.example:8080/nz?x#y"}
    yield from ({"phone": text, "mobile": text[::-1]} for text in PHONES)
    yield from ({"tax_number": text, "company_number": text.lower(), "account_number": text} for text in NUMBERS)
    for word in sorted(places._SHORT):
        yield {"billing": (f"12a Elgin {word}\nP.O. Box 7", "Ōtāhuhu", "", "", "NZ")}
    yield {"shipping": ("Level 4, 1 King St", "Austin", "TX", "78759-1234", "United States")}


def test_whoever_changes_what_a_record_is_found_by_raises_the_number_of_the_way() -> None:
    found = [sorted(set(of_fields(each).found_by())) for each in specimens()]
    assert {sort_of(key) for some in found for key in some} == set(SORTS)
    said = "Keys are made another way: raise FOLDING and write down here what the specimens come to."
    assert sha256(repr(found).encode()).hexdigest()[:16] == MADE[FOLDING], said


def test_keys_of_one_sort_stand_together() -> None:
    found = sorted({key for each in specimens() for key in of_fields(each).found_by()})
    sorts = [sort for sort, _ in groupby(found, sort_of)]
    assert sorts == list(SORTS)
    assert all(0 <= key < 2**63 and not key & 1 for key in found)


def test_the_groups_of_fields_together_find_what_the_whole_record_does() -> None:
    for each in specimens():
        assert {key for by in FOUND_BY.values() for key in by(each)} == set(of_fields(each).found_by())


def stored(bench: Bench) -> list[tuple[Key, int]]:
    return sorted((row.key, row.record_id) for row in bench.rows(MatchKeyRow))


def another_way(bench: Bench, keep: Iterable[tuple[Key, int]] = ()) -> None:
    """As if an earlier version had made the keys."""
    with bench.engine.begin() as db:
        while keys.drop_some(db, bench.id):
            pass
        keys.put(db, bench.id, {record: [key ^ 2**40] for key, record in keep})
        db.execute(update(ConnectionRow).where(ConnectionRow.id == bench.id).values(keys_version=0))


def test_keys_that_were_made_another_way_are_made_anew_by_the_next_run(bench: Bench) -> None:
    for name in ("Aurora Brewing", "AURORA BREWING LTD", "Boreal Bakery"):
        bench.customer(name, phone="+64 9 300 1000")
    bench.run()
    good = stored(bench)
    for left in (good, good[:1], ()):  # whole, and as a run leaves them that is killed while it makes them anew
        another_way(bench, left)
        bench.run()
        assert stored(bench) == good
        with bench.session() as session:
            assert session.get_one(ConnectionRow, bench.id).keys_version == FOLDING
    with bench.session() as session:
        assert len(duplicates.duplicates(session, bench.id, S).rows) == 1


def test_an_answer_to_a_write_that_shows_not_every_field_takes_no_key_away(bench: Bench) -> None:
    """Xero shows the website when it is read, and not when it is written."""
    contact = bench.customer("Aurora Brewing", X, email="old@aurora.example", website="https://kauri.example")
    bench.run()
    domains = [row for row in stored(bench) if sort_of(keys.off(row[0])) == "domain"]
    fields = {key: value for key, value in contact.fields.items() if key != "website"}
    answer = replace(contact, fields={**fields, "email": "new@aurora.example"}, version="later")
    with bench.engine.begin() as db:
        page = Page([answer], bench.clock.now())
        folding.fold(db, bench.id, bench.kind, page, None, written={contact.ref.id: {"email"}})
    assert [row for row in stored(bench) if sort_of(keys.off(row[0])) == "domain"] == domains
