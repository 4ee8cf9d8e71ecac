"""A second labelled corpus, unlike the first: customers of many countries, other habits of typing, other traps.

Names are made of other words, in other scripts of the Latin kind; the dirt is abbreviations, legal forms as they are
written locally, words left out or changed about, letters spelled out (ü as ue), old addresses and telephones, renames.
Every sort of pair is made on purpose, so that each can be judged by itself.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace

from tests.matching.corpus import Business, Corpus


@dataclass(frozen=True, slots=True)
class Country:
    """How one country writes its companies, telephones and addresses."""

    name: str
    code: str
    forms: tuple[str, ...]  # spellings of one form
    free_mail: str
    calling: str
    towns: tuple[tuple[str, str, str], ...]  # name, first digits of its postcodes, area
    streets: tuple[str, ...]


def _words(line: str, between: str | None = None) -> tuple[str, ...]:
    return tuple(line.split(between))


def _towns(line: str) -> tuple[tuple[str, str, str], ...]:
    return tuple((name, code, area) for name, code, area in (town.split("/") for town in line.split("|")))


COUNTRIES = (
    Country("Germany", "DE", ("GmbH", "G.m.b.H.", "gmbh", ""), "t-online.de", "+49",
            _towns("München/80/89|Hamburg/20/40|Köln/50/221|Görlitz/02/3581"),
            ("Hauptstraße", "Bahnhofstr.", "Gartenweg", "Am Markt")),
    Country("France", "FR", ("SARL", "S.A.R.L.", "Sàrl", ""), "orange.fr", "+33",
            _towns("Lyon/69/4|Besançon/25/3|Orléans/45/2|Nîmes/30/4"),
            ("rue de la Paix", "avenue Foch", "boulevard Voltaire", "place du Marché")),
    Country("Spain", "ES", ("S.L.", "SL", "S.L.U.", ""), "telefonica.net", "+34",
            _towns("Málaga/29/95|León/24/98|Cádiz/11/95|Gijón/33/98"),
            ("Calle Mayor", "Avenida de la Constitución", "Plaza Nueva")),
    Country("Poland", "PL", ("Sp. z o.o.", "sp. z o. o.", "Spółka z o.o.", ""), "wp.pl", "+48",
            _towns("Łódź/90/42|Kraków/30/12|Gdańsk/80/58"),
            ("ul. Długa", "ul. Polna", "al. Jana Pawła II")),
    Country("Denmark", "DK", ("ApS", "A.p.S.", "aps", ""), "mail.dk", "+45",
            _towns("Århus/80/86|Ålborg/90/98|Næstved/47/55"),
            ("Nørregade", "Søndergade", "Østerbrogade")),
    Country("United Kingdom", "GB", ("Ltd", "Limited", "Ltd.", ""), "btinternet.com", "+44",
            _towns("Leeds/LS1/113|Bristol/BS1/117|Cardiff/CF1/29"),
            ("High Street", "Church Road", "Station Approach", "Mill Lane")),
    Country("United States", "US", ("Inc.", "Inc", "Incorporated", ""), "comcast.net", "+1",
            _towns("Boston/021/617|Denver/802/303|Austin/787/512"),
            ("Main St", "Oak Avenue", "Lincoln Blvd", "2nd Street")),
    Country("Brazil", "BR", ("Ltda", "Ltda.", "LTDA", ""), "uol.com.br", "+55",
            _towns("São Paulo/01/11|Florianópolis/88/48|Belém/66/91"),
            ("Rua das Flores", "Avenida Paulista", "Travessa São João")),
)  # fmt: skip

_ROOTS = _words(
    "Adler Alvarez Andrade Arnaud Baumgartner Beaumont Blanchard Borges Brandt Castellano Chevalier Christensen "
    "Dabrowski Delgado Dufour Eriksen Espinosa Falkenberg Fonseca Fournier Gallagher Gonçalves Grünwald Hernández "
    "Hoffmann Holmgård Iglesias Jørgensen Kaczmarek Kirschner Kowalczyk Lacroix Lindqvist Lombardi Łukasik "
    "Mackenzie Marchetti Mendonça Montgomery Moreau Nakamura Nowakowski Oberholzer O'Sullivan Pacheco Pedersen "
    "Peltonen Quintero Rasmussen Richter Rousseau Sandström Schröder Söderberg Sørensen Steinmüller Takahashi "
    "Thibault Urquhart Valverde Vasquez Wachowski Weißmann Wójcik Xavier Yamamoto Zamora Zimmermann"
)
_MIDDLES = _words(
    "Alpha Atlas Boreal Capital Central City Continental Crown Delta Eagle Global Horizon Imperial Liberty Metro "
    "National Nordic North Omega Orion Premier Prime Royal Solar South Stellar Titan Union Universal Vega Vertex "
    "West"
)
_TRADES = _words(
    "Bakeries|Breweries|Carpentry|Chemicals|Clothing|Coffee Roasters|Construction|Dental Care|Development|Distribution|"
    "Electronics|Engineering|Fisheries|Food Services|Freight|Garden Centre|Glassworks|Hospitality|Instruments|"
    "International|Laboratories|Logistics|Maintenance|Management|Manufacturing|Metalworks|Opticians|Paper Products|"
    "Pharmaceuticals|Plastics|Printing|Recycling|Refrigeration|Seeds|Solutions|Sporting Goods|Systems|Technologies|"
    "Textiles|Toys|Trading|Translations|Warehousing|Waterproofing|Windows",
    "|",
)
_GIVEN = _words(
    "Agnès Alejandro Anna Anne Antoni Beatriz Bjørn Carlos Carla Chiara Claire Daniel Danielle Eduardo Élise Emma "
    "Erik Fabian Fabienne Gabriel Gabriela Hans Henrik Ingrid Isabel Jan Jean Jens Joana João Julia Julie Karl "
    "Lars Laura Louis Louise Luca Lucas Maria Marie Mario Martin Martina Mathieu Nadia Nicolas Nicole Olga Paul "
    "Paulo Pedro Peter Sofia Sofie Stefan Stefanie Thomas Valérie Víctor Viktor Wojciech Zofia"
)
_PAIRS = (("Maria", "Marie"), ("Stefan", "Stefanie"), ("Julia", "Julie"), ("Martin", "Martina"), ("Paul", "Paulo"),
          ("Daniel", "Danielle"), ("Louis", "Louise"), ("Nicolas", "Nicole"))  # fmt: skip
_SHORT = {
    "International": "Intl", "Manufacturing": "Mfg", "Services": "Svcs", "Engineering": "Eng", "Management": "Mgmt",
    "Technologies": "Tech", "Construction": "Constr", "Distribution": "Distrib.", "Maintenance": "Maint",
    "National": "Natl", "Centre": "Center", "Development": "Dev",
}  # fmt: skip
_SPELLED = (("ü", "ue"), ("ö", "oe"), ("ä", "ae"), ("ø", "oe"), ("å", "aa"), ("ß", "ss"))


def make(customers: int, seed: int, misleading: float = 0.03) -> Corpus:
    """About so many customers; this share of the draws is a trap, which brings two to five customers."""
    chance, corpus = random.Random(f"elsewhere {seed}"), Corpus()
    names = _names(chance)
    traps = tuple(TRAPS)
    while len(corpus.records) < customers * 2:
        if chance.random() < misleading:
            TRAPS[traps[chance.randrange(len(traps))]](corpus, names, chance)
            continue
        it = business(next(names), chance)
        here, there = typed(it, chance), changed(typed(it, chance), chance)
        where = chance.random()
        corpus.add("plain", here if where < 0.93 else None, there if where > 0.07 else None)
    return corpus


def only(sort: str, times: int, seed: int) -> Corpus:
    """One sort of trap many times, among as many plain customers."""
    chance, corpus = random.Random(f"{sort} {seed}"), Corpus()
    names = _names(chance)
    for _ in range(times):
        TRAPS[sort](corpus, names, chance)
        it = business(next(names), chance)
        corpus.add("plain", typed(it, chance), typed(it, chance))
    return corpus


def _names(chance: random.Random) -> Iterator[str]:
    """Names of companies, no two alike."""
    given: set[str] = set()
    while True:
        words = [chance.choice(_ROOTS), chance.choice(_TRADES)]
        if chance.random() < 0.7:
            words.insert(1, chance.choice((*_MIDDLES, "& Sons", "Brothers", "and Partners")))
        name = " ".join(words)
        if name not in given:
            given.add(name)
            yield name


def business(name: str, chance: random.Random, country: Country | None = None) -> Business:
    """A company with most of what it might say of itself; the country follows from its number in `town`."""
    at = COUNTRIES.index(country) if country else chance.randrange(len(COUNTRIES))
    town = at * 10 + chance.randrange(len(COUNTRIES[at].towns))
    domain = f"{_ascii(name)}{chance.randrange(1000)}.example"
    return Business(
        name=name,
        form=COUNTRIES[at].forms[0],
        email=f"{chance.choice(('info', 'hello', 'office', 'contact', 'sales'))}@{domain}"
        if _one_in(chance, 0.8)
        else "",
        phone=telephone(town, chance),
        website=f"www.{domain}" if _one_in(chance, 0.5) else "",
        tax_number=vat(chance) if _one_in(chance, 0.4) else "",
        billing=address(town, chance),
        town=town,
    )


def person(chance: random.Random, surname: str = "") -> Business:
    """A private customer."""
    given, family = chance.choice(_GIVEN), surname or chance.choice(_ROOTS)
    at = chance.randrange(len(COUNTRIES))
    town = at * 10 + chance.randrange(len(COUNTRIES[at].towns))
    mail = f"{_ascii(given)}.{_ascii(family)}{chance.randrange(1000)}@{COUNTRIES[at].free_mail}"
    return Business(f"{given} {family}", "", mail, telephone(town, chance), billing=address(town, chance), town=town)


def _one_in(chance: random.Random, share: float) -> bool:
    return chance.random() < share


def _ascii(text: str) -> str:
    for letter, spelled in (*_SPELLED, ("ł", "l"), ("ç", "c")):
        text = text.lower().replace(letter, spelled)
    return "".join(letter for letter in text if letter.isascii() and letter.isalnum())


def telephone(town: int, chance: random.Random) -> str:
    country = COUNTRIES[town // 10]
    return (
        f"{country.calling} {country.towns[town % 10][2]} {chance.randrange(200, 990)} {chance.randrange(1000, 10_000)}"
    )


def address(town: int, chance: random.Random) -> tuple[str, ...]:
    country = COUNTRIES[town // 10]
    name, code, _ = country.towns[town % 10]
    street, number = chance.choice(country.streets), chance.randrange(1, 250)
    line = f"{number} {street}" if country.code in {"GB", "US", "FR"} else f"{street} {number}"
    return (line, name, "", f"{code}{chance.randrange(100, 999)}", country.name)


def vat(chance: random.Random) -> str:
    return f"{chance.randrange(10**8, 10**9)}"


# -- how it was typed


def typed(it: Business, chance: random.Random) -> Business:
    """The customer as somebody typed it; what it is has not changed."""
    country = COUNTRIES[it.town // 10]
    local = bool(it.form) and it.form in country.forms
    return replace(
        it,
        name=_name(it.name, chance),
        form=chance.choice(country.forms) if local and _one_in(chance, 0.5) else it.form,
        email=it.email.upper() if _one_in(chance, 0.05) else it.email if _one_in(chance, 0.8) else "",
        phone=_phone(it.phone, chance) if _one_in(chance, 0.85) else "",
        website=f"https://{it.website}/" if it.website and _one_in(chance, 0.5) else "",
        tax_number=_number(it.tax_number, country.code, chance),
        billing=_address(it.billing, country, chance) if _one_in(chance, 0.8) else ("",) * 5,
    )


def _name(name: str, chance: random.Random) -> str:
    luck = chance.random()
    if luck < 0.04:
        name = " ".join(_SHORT.get(word, word) for word in name.split())
    elif luck < 0.06:
        name = _transposed(name, chance)
    elif luck < 0.08:
        name = " ".join(chance.sample(name.split(), len(name.split())))
    elif luck < 0.12:
        for letter, spelled in _SPELLED:
            name = name.replace(letter, spelled)
    elif luck < 0.14:
        name = name.replace(" & ", " and ").replace("Brothers", "Bros.")
    return name.upper() if _one_in(chance, 0.1) else name.title() if _one_in(chance, 0.05) else name


def _transposed(name: str, chance: random.Random) -> str:
    words = name.split()
    place = max(range(len(words)), key=lambda i: len(words[i]))
    word = words[place]
    at = chance.randrange(1, len(word) - 2) if len(word) > 4 else 1
    words[place] = word[:at] + word[at : at + 2][::-1] + word[at + 2 :]
    return " ".join(words)


def _phone(phone: str, chance: random.Random) -> str:
    calling, area, *rest = phone.split(" ")
    national = f"({'' if calling == '+1' else '0'}{area}) {' '.join(rest)}"
    ways = (phone, phone.replace(" ", ""), phone.replace(" ", "-"), f"00{phone[1:]}", national)
    return chance.choice(ways)


def _number(number: str, code: str, chance: random.Random) -> str:
    if not number or _one_in(chance, 0.2):
        return ""
    return f"{code}{number}" if _one_in(chance, 0.4) else f"{number[:3]} {number[3:6]} {number[6:]}"


def _address(members: Sequence[str], country: Country, chance: random.Random) -> tuple[str, ...]:
    street, city, region, postcode, name = members
    if _one_in(chance, 0.3):
        street = street.replace("Street", "St").replace("straße", "str.").replace("avenue", "av.").replace("Road", "Rd")
    if _one_in(chance, 0.2):
        city = city.upper()
    return (
        street,
        city,
        region,
        postcode if _one_in(chance, 0.9) else "",
        country.code if _one_in(chance, 0.4) else name,
    )


def changed(it: Business, chance: random.Random) -> Business:
    """What has happened to the customer since one side was told: it moved, or took another name."""
    luck = chance.random()
    if luck < 0.015:
        return replace(it, billing=address(it.town, chance), phone=telephone(it.town, chance))
    if luck < 0.02 and it.tax_number:
        return replace(it, name=f"{chance.choice(_ROOTS)} {chance.choice(_TRADES)}")
    if luck < 0.03 and len(it.name.split()) > 2:
        return replace(it, name=" ".join(it.name.split()[:-1]))
    return it


# -- pairs made to mislead

Trap = Callable[[Corpus, Iterator[str], random.Random], None]


def _each(corpus: Corpus, sort: str, several: Sequence[Business], chance: random.Random) -> None:
    """Each on both sides, or on one only: that is where a mistake would be made."""
    for it in several:
        where = chance.random()
        here, there = typed(it, chance), typed(it, chance)
        corpus.add(sort, here if where < 0.75 else None, there if where > 0.25 else None)


def _franchise(corpus: Corpus, names: Iterator[str], chance: random.Random) -> None:
    """One brand, mailbox and website in several towns, each with its own telephone, the town in the name."""
    brand = replace(business(next(names), chance), tax_number="")
    country = COUNTRIES[brand.town // 10]
    for number, (town, _, _) in enumerate(country.towns):
        at = brand.town // 10 * 10 + number
        branch = replace(brand, name=f"{brand.name} {town}", town=at)
        _each(corpus, "franchise", [replace(branch, phone=telephone(at, chance), billing=address(at, chance))], chance)


def _nameless_branches(corpus: Corpus, names: Iterator[str], chance: random.Random) -> None:
    """Branches whose names do not say which: the address, or the telephone, does."""
    brand = replace(business(next(names), chance), tax_number="")
    country = COUNTRIES[brand.town // 10]
    for number in range(len(country.towns)):
        at = brand.town // 10 * 10 + number
        branch = replace(brand, phone=telephone(at, chance), billing=address(at, chance), town=at)
        where = chance.random()
        here, there = typed(branch, chance), typed(branch, chance)
        told = [replace(each, billing=branch.billing) for each in (here, there)]
        corpus.add("branches", told[0] if where < 0.75 else None, told[1] if where > 0.25 else None)


def _household(corpus: Corpus, names: Iterator[str], chance: random.Random) -> None:
    """A family: one address and telephone, often one mailbox; given names that differ in a letter."""
    head = person(chance)
    family = head.name.split(" ", 1)[1]
    mail = head.email if _one_in(chance, 0.7) else ""
    members = [replace(head, name=f"{given} {family}", email=mail) for given in chance.sample(_GIVEN, 4)]
    _each(corpus, "household", members, chance)


def _alike(corpus: Corpus, names: Iterator[str], chance: random.Random) -> None:
    """Maria and Marie of one house: one on either side only."""
    one, other = chance.choice(_PAIRS)
    it = person(chance)
    family = it.name.split(" ", 1)[1]
    corpus.add("alike", typed(replace(it, name=f"{one} {family}"), chance), None)
    corpus.add("alike", None, typed(replace(it, name=f"{other} {family}"), chance))


def _namesakes(corpus: Corpus, names: Iterator[str], chance: random.Random) -> None:
    """Two persons, or two companies, of one name in two towns, who have nothing else in common."""
    name = next(names) if _one_in(chance, 0.5) else ""
    several = [business(name, chance) for _ in range(2)] if name else [person(chance), person(chance)]
    if several[0].town == several[1].town:
        return
    several[1] = replace(several[1], name=several[0].name)
    _each(corpus, "namesakes", several, chance)


def _accountant(corpus: Corpus, names: Iterator[str], chance: random.Random) -> None:
    """Clients of one accountant, whose mailbox stands with all of them, and on one side the accountant herself."""
    mail = f"office@tax{chance.randrange(10**6)}.example"
    clients = [replace(business(next(names), chance), email=mail, website="") for _ in range(chance.randrange(3, 7))]
    _each(corpus, "accountant", clients, chance)
    corpus.add("accountant", None, typed(replace(business(next(names), chance), email=mail), chance))


def _namesakes_of_one_accountant(corpus: Corpus, names: Iterator[str], chance: random.Random) -> None:
    """Two clients of one name with one accountant: one on either side, and other clients of hers."""
    mail = f"office@tax{chance.randrange(10**6)}.example"
    it = person(chance)
    for _ in range(3):
        _each(corpus, "one accountant", [replace(business(next(names), chance), email=mail, website="")], chance)
    other = person(chance)
    corpus.add("one accountant", typed(replace(it, email=mail), chance), None)
    corpus.add("one accountant", None, typed(replace(other, name=it.name, email=mail), chance))


def _vat_group(corpus: Corpus, names: Iterator[str], chance: random.Random) -> None:
    """Companies of one group: one tax number, head office and switchboard."""
    head = replace(business(next(names), chance), tax_number=vat(chance))
    root = head.name.split()[0]
    several = [replace(head, name=f"{root} {kind}") for kind in ("Holding", "Services", "Property", "Group")]
    _each(corpus, "tax group", several, chance)


def _holding(corpus: Corpus, names: Iterator[str], chance: random.Random) -> None:
    """A holding on one side and its subsidiary on the other, under one roof."""
    it = replace(business(next(names), chance), tax_number="")
    corpus.add("holding", typed(replace(it, name=f"{it.name} Holding"), chance), None)
    corpus.add("holding", None, typed(it, chance))


def _tenants(corpus: Corpus, names: Iterator[str], chance: random.Random) -> None:
    """Companies of one building and one switchboard."""
    host = business(next(names), chance)
    several = [replace(business(next(names), chance), phone=host.phone, billing=host.billing, town=host.town)
               for _ in range(4)]  # fmt: skip
    _each(corpus, "tenants", several, chance)


def _numbered(corpus: Corpus, names: Iterator[str], chance: random.Random) -> None:
    """Property companies of one owner that differ in a number."""
    it = replace(business(next(names), chance), tax_number="")
    several = [replace(it, name=f"{it.name} {number}") for number in ("1", "2", "11", "III")]
    _each(corpus, "numbered", several, chance)


def _two_trades(corpus: Corpus, names: Iterator[str], chance: random.Random) -> None:
    """A person, and her company of another name, with one address, telephone and mailbox."""
    owner = person(chance)
    company = replace(owner, name=next(names), form=COUNTRIES[owner.town // 10].forms[0])
    _each(corpus, "owner", [owner, company], chance)


def _twice(corpus: Corpus, names: Iterator[str], chance: random.Random) -> None:
    """One customer that one side holds twice."""
    it = business(next(names), chance)
    corpus.add("twice", typed(it, chance), typed(it, chance))
    again = replace(typed(it, chance), email="", tax_number="", website="")
    corpus.add("twice", *((again, None) if _one_in(chance, 0.5) else (None, again)))


TRAPS: dict[str, Trap] = {
    "franchise": _franchise, "branches": _nameless_branches, "household": _household, "alike": _alike,
    "namesakes": _namesakes, "accountant": _accountant, "one accountant": _namesakes_of_one_accountant,
    "tax group": _vat_group, "holding": _holding, "tenants": _tenants, "numbered": _numbered, "owner": _two_trades,
    "twice": _twice,
}  # fmt: skip
