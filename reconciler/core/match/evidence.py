"""What two records have in common, and what speaks against their being one thing.

Reasons that come from one source say it only once: an e-mail address and its domain (`web`), a telephone and an
address (`place`).  Two reasons of different sources are independent.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache

from rapidfuzz.distance import OSA
from stdnum import get_cc_module

from reconciler.core.match import places
from reconciler.core.match.naming import Likeness, likeness
from reconciler.core.match.profile import Profile, Telephone
from reconciler.core.values.phones import same_phone

NAMED = {Likeness.SAME: "name", Likeness.NEAR: "near", Likeness.LOOSE: "like"}
SOURCES = {"tax": "number", "account": "account", "email": "web", "domain": "web", "phone": "place", "address": "place"}
_WEIGHTS = {
    "id": 100,
    "tax": 40,
    "name": 35,
    "email": 25,
    "near": 25,
    "account": 20,
    "phone": 20,
    "address": 20,
    "domain": 15,
    "like": 10,
}
_AGAINST = {"tax": 40, "far": 20, "form": 10, "phone": 10, "email": 10}
_CHECKED = (("nz", "ird"), ("au", "abn"), ("gb", "vat"), ("us", "ein"), ("ie", "vat"), ("eu", "vat"), ("ca", "bn"))
_FOUND_BY = {"tax": "number"}  # the sort of key behind a reason, where they are not called the same
_A_WORD = 4  # letters; anything shorter is in many domains by chance
_TYPING = 2  # slips between two spellings of one number


@dataclass(frozen=True, slots=True)
class Evidence:
    """How two records compare: `reasons` for, `against`, and a score between 0 and 100 to sort by.

    `alone`: those of the reasons that no record of another name shares.  `own_web`: they share a mailbox or a web
    domain, and the domain is their own by its name.
    """

    likeness: Likeness
    reasons: frozenset[str]
    against: frozenset[str] = frozenset()
    alone: frozenset[str] = frozenset()
    own_web: bool = False

    @property
    def score(self) -> int:
        """The weights of what speaks for it, less those of what speaks against it."""
        total = sum(_WEIGHTS[reason] for reason in self.reasons) - sum(_AGAINST[reason] for reason in self.against)
        return max(0, min(100, total))

    @property
    def sources(self) -> frozenset[str]:
        """The independent sources that agree, the name apart."""
        return _sources(self.reasons)

    @property
    def sources_alone(self) -> frozenset[str]:
        """The independent sources that agree about these two and say nothing of anybody else."""
        return _sources(self.alone)


def _sources(reasons: Iterable[str]) -> frozenset[str]:
    return frozenset(SOURCES[reason] for reason in reasons if reason in SOURCES)


def compare(one: Profile, other: Profile, shared: Mapping[str, bool], *, named: bool = False) -> Evidence:
    """Compare two records.

    `shared` holds the sorts of keys that find both and not too many others, each with whether it finds nobody of
    another name; `named`: one names the other.
    """
    found, against = set(_agreeing(one, other, shared)), set(_speaking_against(one, other))
    alike = likeness(one.name, other.name)
    if alike is Likeness.SAME and one.form and other.form and one.form != other.form:
        alike = Likeness.NEAR
        against.add("form")
    if "phone" in found or "address" in found:
        against.discard("phone")
    if "tax" in found:
        against.discard("tax")
    alone = frozenset(reason for reason in found if shared[_FOUND_BY.get(reason, reason)])
    if named:
        found.add("id")
    if alike in NAMED:
        found.add(NAMED[alike])
    return Evidence(alike, frozenset(found), frozenset(against), alone, _own_web(one, other, found, shared))


def _own_web(one: Profile, other: Profile, found: set[str], shared: Collection[str]) -> bool:
    """Whether the web domain that they share bears their name, so that it is nobody else's.

    It must bear the very words in which the names differ, where those are all that tells two persons apart.
    """
    if "domain" not in shared or not found & {"email", "domain"}:
        return False
    ours, theirs = set(one.name.split()), set(other.name.split())
    words = ours & theirs if len(ours & theirs) > 1 else ours ^ theirs
    return any(word in domain for domain in one.domains & other.domains for word in words if len(word) >= _A_WORD)


def _agreeing(one: Profile, other: Profile, sorts: Collection[str]) -> Iterator[str]:
    if "number" in sorts:
        yield "tax"
    if "account" in sorts:
        yield "account"
    if "email" in sorts:
        yield "email"
    elif "domain" in sorts and not (one.email and other.email):
        yield "domain"  # two mailboxes of one domain may be two branches: that says nothing
    if "phone" in sorts and _rings(one.phones, other.phones):
        yield "phone"
    if "address" in sorts and any(places.same(a, b) for a in one.places for b in other.places):
        yield "address"


def _speaking_against(one: Profile, other: Profile) -> Iterator[str]:
    if one.numbers and other.numbers and not one.numbers & other.numbers and _two_numbers(one.numbers, other.numbers):
        yield "tax"
    if places.far(one.places, other.places):
        yield "far"
    if one.phones and other.phones and not _rings(one.phones, other.phones):
        yield "phone"
    if one.email and other.email and one.email != other.email and not one.domains & other.domains:
        yield "email"


def _rings(ours: Iterable[Telephone], theirs: Iterable[Telephone]) -> bool:
    return any(_one_telephone(a, b) for a in ours for b in theirs)


def _one_telephone(a: Telephone, b: Telephone) -> bool:
    """Whether they are the same, or one is the other's last digits: a number written without its area."""
    if a.key != b.key:
        return False
    return a.digits.endswith(b.digits) or b.digits.endswith(a.digits) or same_phone(a.text, b.text)


def _two_numbers(ours: Iterable[str], theirs: Iterable[str]) -> bool:
    """Whether no two of these can be one number mistyped: both pass a check, or they differ by more than a slip."""
    return all(
        OSA.distance(a, b, score_cutoff=_TYPING) > _TYPING or (_valid(a) and _valid(b)) for a in ours for b in theirs
    )


@lru_cache(maxsize=4_096)
def _valid(number: str) -> bool:
    """Whether a number passes the check of any country we know."""
    modules = (get_cc_module(country, name) for country, name in _CHECKED)
    return any(module is not None and module.is_valid(number) for module in modules)
