"""The words invented customers are made of: data only, no logic. No real company is meant by any combination."""

from __future__ import annotations

from dataclasses import dataclass


def _split(line: str) -> tuple[str, ...]:
    """Words parted by blanks; an underscore is a blank inside a word."""
    return tuple(word.replace("_", " ") for word in line.split())


ENGLISH_FIRST = _split(
    "Kauri Harbour Copper Foxglove Granite Juniper Larkspur Meridian Northgate Orchard Pinewood Quarry Rimu Saltmarsh "
    "Tussock Umber Willowbank Yarrow Ashfield Bluegum Cedarvale Driftwood Elderberry Fernhill Greywacke Hawthorn "
    "Ironbark Kestrel Lanternlight Mistletoe Nikau Otterburn Paperbark Ravenscar Silverbeet Thornbury Tōtara Windmere "
    "Pōhutukawa Wattlebird"
)
ENGLISH_SECOND = _split(
    "Bay Ridge Lane Point Creek Hill Quay Mill Cross Flat Bridge Street Valley Park Gate House Green Wharf Common "
    "Terrace Downs Reach Corner Landing Hollow Springs"
)
ENGLISH_TRADE = (
    "Joinery",
    "Plumbing",
    "Wines",
    "Physiotherapy",
    "Electrical",
    "Catering",
    "Engineering",
    "Bookshop",
    "Veterinary Clinic",
    "Logistics",
    "Roofing",
    "Nurseries",
    "Dental Care",
    "Print & Design",
    "Motors",
    "Early Learning",
    "Building Supplies",
    "Coffee Roasters",
    "Surveyors",
    "Pest Control",
    "Architects",
    "Fisheries",
    "Bakery",
    "Solar",
)
GERMAN_FIRST = _split(
    "Lindenhof Mühlbach Rosenthal Steinacker Birkenau Eichgrund Falkenried Grünwinkel Hasellehn Königsaue Lärchenfeld "
    "Moosbrunn Niederquell Oberlohe Rabenstieg Schönblick Tannwiese Uferloh Wiesengrund Zehntscheuer"
)
GERMAN_SECOND = _split("Nord Süd West Ost Mitte am_Berg am_Bach am_Tor im_Hof im_Tal an_der_Aue an_der_Furt")
GERMAN_TRADE = (
    "Maschinenbau",
    "Feinkost",
    "Druckerei",
    "Elektrotechnik",
    "Gartenbau",
    "Fördertechnik",
    "Möbelwerkstätten",
    "Messgeräte",
    "Brauerei",
    "Fahrradbau",
)
FRENCH_FIRST = (
    "Ateliers",
    "Établissements",
    "Maison",
    "Fromagerie",
    "Imprimerie",
    "Menuiserie",
    "Pépinières",
    "Boulangerie",
    "Transports",
    "Vignobles",
    "Chaudronnerie",
    "Librairie",
)
FRENCH_SECOND = _split(
    "Bréval Cordemais Dulaurier Esclavelles Fontenoille Garancelle Hautecombière Jarzelle Lantenoy Montravelle "
    "Noëllac Oriérac Pierrelongue Queyrassac Rochelambert Sauvetière Thiézelle Valserrand"
)
FRENCH_TRADE = ("et Fils", "Frères", "du Val", "des Trois Ponts", "de la Côte", "du Marais", "du Plateau", "d'Aval")
PERSON_FIRST = _split(
    "Aroha Siobhán Liam Ngaire Zoë Tomasz Priya Hēmi Renée Callum Mereana Björn Fatima Oisín Wiremu Ingrid Dáithí "
    "Leilani Marcus Anaïs Keoni Gráinne Rohan Beatrix Tama Yusuf Élodie Duncan Kahu Saoirse"
)
PERSON_LAST = _split(
    "Ngata-Fairweather Kearnaghan Whitfordsen Okonjo-Hale Parata-Moss Villiersby Thornecliffe Rangiaho Dubrowka "
    "Ashgrovner Mac_Giolla_Bhuí Featherston-Kidd Sánchez-Rowe Tūmanakohe Blackadderley O'Halloranne Lindqvistad "
    "Marchbankse Desrochelles Iwikau Penhallowick Quillinane Vaitohi Strathearne Umbertson Weyhillard"
)
PERSON_TRADE = (
    "Landscaping",
    "Photography",
    "Bookkeeping",
    "Shearing",
    "Tiling",
    "Music Tuition",
    "Upholstery",
    "Interpreting",
    "Tree Care",
    "Pottery",
    "Surveying",
    "Translations",
)
STREETS = _split(
    "Totara Wharf Station Chapel Beech Kingfisher Old_Mill Quarry Tide Lighthouse Foundry Rectory Saddlers Cooper "
    "Glasshouse Ropewalk Marigold Weaver Ferry Viaduct"
)
BUILDINGS = (
    "Tui House",
    "The Granary",
    "Suite 3, Beacon Court",
    "Level 4, Mercer Tower",
    "Unit 12",
    "The Old Creamery",
)


@dataclass(frozen=True, slots=True)
class Country:
    """How one country writes its addresses, telephone numbers and companies."""

    name: str
    short: str
    """The spelling a hurried person types."""
    cities: tuple[tuple[str, str, str], ...]
    """City, region, and a postcode in which `#` stands for a digit."""
    street: str
    phone: tuple[str, str]
    """International and national spelling; `#` is a digit. Ranges kept for fiction, where the regulator keeps one."""
    suffixes: tuple[str, ...]
    """Legal suffix as registered, then the ways people write it."""
    box: str


COUNTRIES = {
    "NZ": Country(
        "New Zealand",
        "NZ",
        (
            ("Auckland", "Auckland", "10##"),
            ("Wellington", "Wellington", "60##"),
            ("Christchurch", "Canterbury", "80##"),
            ("Dunedin", "Otago", "90##"),
            ("Whangārei", "Northland", "01##"),
            ("Nelson", "Tasman", "70##"),
        ),
        "{n} {street} Road",
        ("+64 9 555 0###", "(09) 555 0###"),
        ("Limited", "Ltd", "Ltd."),
        "PO Box {n}",
    ),
    "AU": Country(
        "Australia",
        "Australia",
        (
            ("Sydney", "NSW", "20##"),
            ("Melbourne", "VIC", "30##"),
            ("Brisbane", "QLD", "40##"),
            ("Fremantle", "WA", "61##"),
        ),
        "{n} {street} Street",
        ("+61 2 5550 ####", "02 5550 ####"),
        ("Pty Ltd", "Pty. Ltd.", "P/L"),
        "GPO Box {n}",
    ),
    "GB": Country(
        "United Kingdom",
        "UK",
        (
            ("Leeds", "West Yorkshire", "LS# 4QD"),
            ("Bristol", "", "BS# 6TN"),
            ("Edinburgh", "Midlothian", "EH# 1YZ"),
            ("London", "", "SE1# 9GF"),
        ),
        "{n} {street} Lane",
        ("+44 20 7946 0###", "020 7946 0###"),
        ("Limited", "Ltd", "Ltd."),
        "PO Box {n}",
    ),
    "US": Country(
        "United States",
        "USA",
        (
            ("Portland", "OR", "972##"),
            ("Austin", "TX", "787##"),
            ("Burlington", "VT", "054##"),
            ("San Francisco", "CA", "941##"),
        ),
        "{n} {street} Avenue",
        ("+1 415-555-01##", "(415) 555-01##"),
        ("LLC", "L.L.C.", "Llc"),
        "PO Box {n}",
    ),
    "IE": Country(
        "Ireland",
        "Eire",
        (("Dublin", "County Dublin", "D0# X285"), ("Galway", "County Galway", "H91 E#P#"), ("Cork", "", "T12 W#C#")),
        "{n} {street} Row",
        ("+353 20 912 ####", "(020) 912 ####"),
        ("Limited", "Ltd", "Teo"),
        "PO Box {n}",
    ),
    "DE": Country(
        "Germany",
        "Deutschland",
        (("Köln", "", "506##"), ("München", "Bayern", "803##"), ("Berlin", "", "101##"), ("Lübeck", "", "235##")),
        "{street}straße {n}",
        ("+49 30 23125 ###", "030 23125###"),
        ("GmbH", "G.m.b.H.", "GmbH & Co. KG"),
        "Postfach {n}",
    ),
    "FR": Country(
        "France",
        "FR",
        (("Lyon", "", "690##"), ("Besançon", "", "250##"), ("Nîmes", "", "300##"), ("Paris", "", "750##")),
        "{n} rue {street}",
        ("+33 1 99 00 ## ##", "01 99 00 ## ##"),
        ("SARL", "S.A.R.L.", "Sarl"),
        "BP {n}",
    ),
}
