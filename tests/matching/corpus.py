"""Our own labelled corpus: customers as two departments keep them, who is whom, and pairs made to mislead.

Everything follows from the seed.  The dirt is what hurried people type: letter case, legal forms, accents, slips of the
keyboard, other spellings of a telephone number, missing e-mail addresses, abbreviated streets, an old address.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime

from reconciler.core.model import Record, Ref, Side, Value

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
S, X = Side.SALESFORCE, Side.XERO


def _words(line: str, between: str | None = None) -> tuple[str, ...]:
    return tuple(line.split(between))


FIRST = _words(
    "Amber Anchor Ashgrove Aspen Balmoral Beacon Birch Blackwood Bramble Brightwater Brindle Camellia Cardinal Cascade "
    "Cedar Chestnut Clearwater Clover Cobalt Coral Crescent Cypress Dragonfly Eastwind Ember Evergreen Falcon Fernleaf "
    "Firefly Flint Garnet Goldfinch Greenstone Hazel Heather Heron Highland Hollyhock Indigo Ivory Jasper Kestrel "
    "Kingfisher Lakeview Lavender Limestone Magnolia Maple Marigold Meadow Monarch Moonstone Nightingale Oakridge "
    "Obsidian Opal Osprey Pacific Pebble Pelican Peregrine Pioneer Poplar Prairie Quartz Redwood Riverbend Rosemary "
    "Rowan Sandpiper Sapphire Seabreeze Silverfern Skylark Sparrow Starling Sterling Stonebridge Summit Sunflower "
    "Swallow Sycamore Tamarind Thistle Timberline Topaz Tūī Umbria Valley Verbena Vineyard Walnut Westwind Wildflower "
    "Willow Windmill Wisteria Woodpecker Élan Zürich"
)
SECOND = _words(
    "Bay Bridge Brook Castle Coast Corner Cove Creek Crossing Dale Farm Field Forest Garden Gate Glen Grove Harbour "
    "Heights Hill Hollow House Island Junction Lake Landing Lodge Manor Market Mill Moor Mountain Orchard Park Pass "
    "Peak Point Pond Port Ranch Ridge River Rock Shore Spring Square Station Stone Street Summit Terrace Tower Trail "
    "Vale View Village Vista Wharf Wood Yard"
)
TRADE = _words(
    "Accounting|Advertising|Air Conditioning|Antiques|Appliances|Architecture|Bakery|Books|Brewery|Builders|Cabinets|"
    "Carpets|Catering|Ceramics|Cleaning|Clinic|Computers|Consulting|Couriers|Dairy|Dental|Design|Drainage|Electrical|"
    "Engineering|Fencing|Florists|Flooring|Furniture|Glazing|Graphics|Haulage|Hire|Insulation|Interiors|Joinery|"
    "Kitchens|Landscapes|Legal|Lighting|Locksmiths|Machinery|Marine|Media|Motors|Nurseries|Optical|Packaging|Painting|"
    "Pharmacy|Photography|Plumbing|Printing|Property|Removals|Roofing|Scaffolding|Security|Signs|Software|Stationery|"
    "Steel|Surveying|Tiles|Timber|Tours|Transport|Tyres|Upholstery|Veterinary|Wines",
    "|",
)
GIVEN = _words(
    "Aaron Abigail Adam Alice Andrea Andreas Anna Anne Ben Carla Carlo Carol Christina Christine Daniel Daniela David "
    "Emil Emily Eric Erica Eva Frances Francis George Georgia Hannah Ian Jane Jean Joan John Jon Julia Julian Karen "
    "Karin Lena Leo Louis Louise Maria Marie Mario Martin Martina Michael Michelle Nina Oliver Olivia Paul Paula Peter "
    "Petra Robert Roberta Sara Sarah Simon Simone Stefan Steven Thomas Victor Victoria William"
)
FAMILY = _words(
    "Abbott Andersen Anderson Baker Bauer Becker Bennett Brown Carter Clark Clarke Cooper Dubois Evans Fischer Fisher "
    "Garcia Hansen Hanson Harris Hill Hughes Jansen Johansen Johnson Jones Keller King Klein Larsen Larson Lewis "
    "Martin Meyer Miller Moore Müller Murphy Nielsen Nilsson Olsen Olson Parker Patel Petersen Peterson Quinn Reid "
    "Roberts Rossi Schmidt Smith Smyth Taylor Thompson Thomson Walker Watson Weber White Wilson Wright Young"
)
TOWNS = (
    ("Auckland", "10", "+64 9 ", "New Zealand"),
    ("Hamilton", "32", "+64 7 ", "New Zealand"),
    ("Wellington", "60", "+64 4 ", "New Zealand"),
    ("Christchurch", "80", "+64 3 ", "New Zealand"),
    ("Sydney", "20", "+61 2 ", "Australia"),
    ("Melbourne", "30", "+61 3 ", "Australia"),
    ("Brisbane", "40", "+61 7 ", "Australia"),
)
STREETS = _words("Albert Bond Church Dee Elgin Ferry George High Islington King Lime Mount Nelson Oxford Princes Queen")
PUBLIC = ("gmail.com", "outlook.com", "xtra.co.nz", "icloud.com")
FORMS = ("Limited", "Ltd", "Ltd.", "LIMITED", "")


@dataclass(frozen=True, slots=True)
class Business:
    """A customer as it is."""

    name: str
    form: str = "Limited"
    email: str = ""
    phone: str = ""
    website: str = ""
    tax_number: str = ""
    billing: tuple[str, ...] = ("",) * 5
    town: int = 0


@dataclass(slots=True)
class Corpus:
    """Records of both sides, the pairs that are one, and what each pair or single record is there to show."""

    records: list[Record] = field(default_factory=list)
    truth: set[tuple[Ref, Ref]] = field(default_factory=set)
    sorts: dict[Ref, str] = field(default_factory=dict)

    def add(self, sort: str, salesforce: Business | None, xero: Business | None) -> None:
        """One customer, as each side holds it."""
        refs = [self._put(sort, side, it) for side, it in ((S, salesforce), (X, xero)) if it is not None]
        if len(refs) == 2:
            self.truth.add((refs[0], refs[1]))

    def _put(self, sort: str, side: Side, it: Business) -> Ref:
        ref = Ref(side, f"{side.value[0]}-{len(self.records):06}")
        fields: dict[str, Value] = {
            "name": f"{it.name} {it.form}".strip(),
            "email": it.email,
            "phone": it.phone,
            "website": it.website,
            "tax_number": it.tax_number,
            "billing": it.billing,
        }
        stamp = NOON.isoformat()
        self.records.append(Record(ref, "customer", stamp, NOON, NOON, fields, flag=side is S, is_customer=True))
        self.sorts[ref] = sort
        return ref


def make(size: int, seed: int, misleading: float = 0.12) -> Corpus:
    """About `size` records on each side."""
    chance, corpus = random.Random(seed), Corpus()
    traps = _traps(chance)
    numbers = iter(chance.sample(range(len(FIRST) * len(SECOND) * len(TRADE)), size * 2))
    while len(corpus.records) < size * 2:
        if chance.random() < misleading / 3:
            next(traps)(corpus, numbers, chance)
            continue
        it = business(next(numbers), chance)
        where = chance.random()
        salesforce = dirty(it, chance) if where < 0.92 else None
        corpus.add("plain", salesforce, dirty(it, chance) if where > 0.08 else None)
    return corpus


def business(number: int, chance: random.Random) -> Business:
    """The customer of one number: no two have one name."""
    rest, first = divmod(number, len(FIRST))
    third, second = divmod(rest, len(SECOND))
    town = chance.randrange(len(TOWNS))
    if chance.random() < 0.12:
        return _person(FIRST[first], SECOND[second], TRADE[third], town, chance)
    words = [FIRST[first], SECOND[second], TRADE[third]]
    domain = (
        f"{first}{'-'.join(words[:2]).lower()}{third}.example".replace("ū", "u").replace("é", "e").replace("ü", "u")
    )
    return Business(
        name=" ".join(words),
        email=f"{chance.choice(('info', 'accounts', 'office'))}@{domain}" if chance.random() < 0.85 else "",
        phone=telephone(town, chance),
        website=f"https://www.{domain}" if chance.random() < 0.5 else "",
        tax_number=tax(chance) if chance.random() < 0.5 else "",
        billing=address(town, chance),
        town=town,
    )


def _person(first: str, second: str, third: str, town: int, chance: random.Random) -> Business:
    name = f"{chance.choice(GIVEN)} {chance.choice(FAMILY)} {third}"
    mailbox = (
        f"{name.partition(' ')[0]}.{first}{second}{chance.randrange(100)}".lower().encode("ascii", "ignore").decode()
    )
    email = f"{mailbox}@{chance.choice(PUBLIC)}"
    return Business(name, "", email, telephone(town, chance), billing=address(town, chance), town=town)


def telephone(town: int, chance: random.Random) -> str:
    return f"{TOWNS[town][2]}{chance.randrange(200, 990)} {chance.randrange(1000, 10_000)}"


def address(town: int, chance: random.Random) -> tuple[str, ...]:
    city, code, _, country = TOWNS[town]
    street = f"{chance.randrange(1, 300)} {chance.choice(STREETS)} {chance.choice(('Street', 'Road', 'Avenue'))}"
    return (street, city, "", f"{code}{chance.randrange(10, 99)}", country)


def tax(chance: random.Random) -> str:
    """A New Zealand number that passes its check."""
    while True:
        base = chance.randrange(10_000_000, 14_999_999)
        total = sum(int(d) * w for d, w in zip(f"{base:08}", (3, 2, 7, 6, 5, 4, 3, 2), strict=True))
        check = -total % 11
        if check < 10:
            return f"{base}{check}"


def dirty(it: Business, chance: random.Random) -> Business:
    """The customer as somebody typed it."""
    return replace(
        it,
        name=_typed_name(it.name, chance),
        form=chance.choice(FORMS) if it.form and chance.random() < 0.5 else it.form,
        email=_typed_email(it.email, chance),
        phone=_typed_phone(it.phone, chance),
        website=it.website if chance.random() < 0.6 else "",
        tax_number=_typed_tax(it.tax_number, chance),
        billing=_typed_address(it.billing, it.town, chance),
    )


def _typed_name(name: str, chance: random.Random) -> str:
    if chance.random() < 0.04:
        name = _slip(name, chance)
    if chance.random() < 0.15:
        return name.upper()
    if chance.random() < 0.1:
        return name.lower()
    return name.replace("ū", "u").replace("É", "E").replace("ü", "u") if chance.random() < 0.3 else name


def _slip(name: str, chance: random.Random) -> str:
    """A letter left out, doubled, or two that changed places."""
    words = name.split()
    place = max(range(len(words)), key=lambda i: len(words[i]))
    word, at = words[place], chance.randrange(1, max(2, len(words[place]) - 1))
    made = (
        word[:at] + word[at + 1 :],
        word[:at] + word[at] + word[at:],
        word[:at] + word[at : at + 2][::-1] + word[at + 2 :],
    )
    words[place] = chance.choice(made)
    return " ".join(words)


def _typed_email(email: str, chance: random.Random) -> str:
    if chance.random() < 0.25:
        return ""
    return email.title() if chance.random() < 0.1 else email


def _typed_phone(phone: str, chance: random.Random) -> str:
    if chance.random() < 0.15:
        return ""
    country, area, *rest = phone.split(" ")
    return chance.choice(
        (phone, phone.replace(" ", ""), f"(0{area}) {'-'.join(rest)}", f"00{country[1:]} {area} {''.join(rest)}")
    )


def _typed_tax(number: str, chance: random.Random) -> str:
    if not number or chance.random() < 0.2:
        return ""
    return f"{number[:2]}-{number[2:5]}-{number[5:]}" if chance.random() < 0.4 else number


def _typed_address(members: tuple[str, ...], town: int, chance: random.Random) -> tuple[str, ...]:
    luck = chance.random()
    if luck < 0.2:
        return ("",) * 5
    if luck < 0.22:
        return address(town, chance)  # moved within its town
    street = members[0].replace("Street", "St").replace("Road", "Rd") if luck < 0.5 else members[0]
    country = {"New Zealand": "NZ", "Australia": "AU"}[members[4]] if luck < 0.4 else members[4]
    return (street, *members[1:4], country)


# -- pairs made to mislead

Trap = Callable[[Corpus, Iterator[int], random.Random], None]


def _traps(chance: random.Random) -> Iterator[Trap]:
    sorts: tuple[Trap, ...] = (_franchise, _family, _one_desk, _holding, _same_name, _one_building, _twice)
    while True:
        yield from chance.sample(sorts, len(sorts))


def _sides(corpus: Corpus, sort: str, it: Business, chance: random.Random) -> None:
    """On both sides, or on one of them only: that is where a mistake would be made."""
    where = chance.random()
    corpus.add(sort, dirty(it, chance) if where < 0.8 else None, dirty(it, chance) if where > 0.2 else None)


def _franchise(corpus: Corpus, numbers: Iterator[int], chance: random.Random) -> None:
    """One brand, domain and head office's mailbox; branches in several towns, each a customer."""
    brand = replace(business(next(numbers), chance), form="Limited", tax_number="")
    own_name = chance.random() < 0.6
    for town in chance.sample(range(len(TOWNS)), 3):
        name = f"{brand.name} {TOWNS[town][0]}" if own_name else brand.name
        branch = replace(brand, name=name, phone=telephone(town, chance), billing=address(town, chance), town=town)
        _sides(corpus, "franchise", branch, chance)


def _family(corpus: Corpus, numbers: Iterator[int], chance: random.Random) -> None:
    """Relatives under one roof with one telephone, and often one mailbox."""
    next(numbers)
    town, family = chance.randrange(len(TOWNS)), chance.choice(FAMILY)
    home, phone = address(town, chance), telephone(town, chance)
    shared = f"{family}{chance.randrange(10_000)}@{chance.choice(PUBLIC)}".lower().replace("ü", "u")
    for given in chance.sample(GIVEN, 3):
        mail = shared if chance.random() < 0.7 else f"{given}.{shared}".lower()
        _sides(corpus, "family", Business(f"{given} {family}", "", mail, phone, billing=home, town=town), chance)


def _one_desk(corpus: Corpus, numbers: Iterator[int], chance: random.Random) -> None:
    """Customers of one bookkeeper: her mailbox and telephone stand with all of them."""
    town = chance.randrange(len(TOWNS))
    mail, phone = f"desk@books{chance.randrange(100_000)}.example", telephone(town, chance)
    for _ in range(4):
        _sides(
            corpus, "one desk", replace(business(next(numbers), chance), email=mail, phone=phone, website=""), chance
        )


def _holding(corpus: Corpus, numbers: Iterator[int], chance: random.Random) -> None:
    """A group: one address, telephone and domain, sometimes one tax number; each company a customer."""
    it = business(next(numbers), chance)
    root, group_tax = " ".join(it.name.split()[:2]), it.tax_number if chance.random() < 0.3 else ""
    for kind in ("Holdings", "Services", "Group"):
        number = group_tax or (tax(chance) if chance.random() < 0.6 else "")
        _sides(corpus, "holding", replace(it, name=f"{root} {kind}", form="Limited", tax_number=number), chance)


def _same_name(corpus: Corpus, numbers: Iterator[int], chance: random.Random) -> None:
    """Two that have nothing in common but the name."""
    number = next(numbers)
    for town in chance.sample(range(len(TOWNS)), 2):
        it = business(number, chance)
        mail = f"office@{TOWNS[town][0].lower()}{number}.example"
        it = replace(it, name=business(number, random.Random(1)).name, email=mail, website="", town=town)
        _sides(corpus, "same name", replace(it, phone=telephone(town, chance), billing=address(town, chance)), chance)


def _one_building(corpus: Corpus, numbers: Iterator[int], chance: random.Random) -> None:
    """Tenants of one building with one switchboard."""
    town = chance.randrange(len(TOWNS))
    where, phone = address(town, chance), telephone(town, chance)
    for _ in range(3):
        _sides(
            corpus,
            "one building",
            replace(business(next(numbers), chance), billing=where, phone=phone, town=town),
            chance,
        )


def _twice(corpus: Corpus, numbers: Iterator[int], chance: random.Random) -> None:
    """One customer that one side holds twice: only one of the two is its partner's."""
    it = business(next(numbers), chance)
    corpus.add("twice", dirty(it, chance), dirty(it, chance))
    again = replace(dirty(it, chance), email="", tax_number="")
    corpus.add("twice", *((again, None) if chance.random() < 0.5 else (None, again)))
