"""What counts as the same value, by table.  The laws that hold for every value are in `test_values_laws`."""

from __future__ import annotations

from decimal import Decimal

import phonenumbers
import pytest

from reconciler.core.schema import ADDRESS, FieldRule
from reconciler.core.values import canonical, equal, is_blank
from reconciler.core.values.countries import TABLE, country_code
from reconciler.core.values.states import same_state

WELLINGTON = ("1 Lambton Quay", "Wellington", "", "6011", "New Zealand")


def rule(comparison: str) -> FieldRule:
    members = ADDRESS if comparison == "address" else ()
    return FieldRule("key", "Field__c", "Name", comparison, members=members)


@pytest.mark.parametrize(
    ("comparison", "typed", "form"),
    [
        ("text", "  A-17\t", "A-17"),
        ("text", "　全角　", "全角"),
        ("text", "a\r\nb\rc", "a\nb\nc"),
        ("text", "Cafe\u0301", "Caf\u00e9"),
        ("text", "two  blanks", "two  blanks"),
        ("text", "a\x00b\ud800c\tz", "abc\tz"),
        ("text", None, ""),
        ("text", True, "true"),
        ("text", Decimal("12.50"), "12.50"),
        ("name", " Kauri \u00a0 Joinery\n Ltd ", "Kauri Joinery Ltd"),
        ("phone", "+64  9 123", "+64 9 123"),
        ("address", (" 1 Quay\r\n\r\n Floor  2 ", None, "", "6011 ", ""), ("1 Quay\nFloor 2", "", "", "6011", "")),
        ("address", None, ("", "", "", "", "")),
        ("name", [" Ada ", None], ("Ada", "")),
    ],
)
def test_noise_is_removed_and_nothing_else(comparison, typed, form):
    assert canonical(comparison, typed) == form


@pytest.mark.parametrize("blank", ["", ("", "", "", "", "")])
def test_a_value_without_content_is_blank(blank):
    assert is_blank(blank)
    assert equal(rule("address"), blank, "")


@pytest.mark.parametrize("filled", ["0", ("", "", "", "", "NZ")])
def test_a_value_with_any_content_is_not_blank(filled):
    assert not is_blank(filled)
    assert not equal(rule("address"), filled, "")


@pytest.mark.parametrize(
    ("comparison", "a", "b"),
    [
        ("text", "a\r\nb", "a\nb "),
        ("name", "Kauri  Joinery", "Kauri Joinery"),
        ("email", "Pat@Example.com", "pat@example.COM"),
        ("website", "https://www.Example.com/", "example.com"),
        ("website", "HTTP://example.com/Shop/", "www.example.com/Shop"),
        ("tax", "12-345-678", "12345678"),
        ("tax", "gb 123.456", "GB123456"),
        ("phone", "\uff10\uff19 \uff13\uff10\uff10 \uff11\uff10\uff10\uff10", "09 300 1000"),  # full width
        ("phone", "\u0660\u0669 \u0663\u0660\u0660 \u0661\u0660\u0660\u0660", "09 300 1000"),  # Arabic
        ("country", "New Zealand", "NZ"),
        ("country", "nzl", "Aotearoa"),
        ("country", "U.S.A.", "United States"),
        ("country", "cote d’ivoire", "Ivory Coast"),
        ("country", "The Netherlands", "Holland"),
        ("country", "Middle Earth", "middle earth"),
        ("state", "Queensland", "qld"),
        ("state", "N.S.W.", "New South Wales"),
        ("address", ("1 Quay\r\nFloor 2", "W", "", "6", "NZ"), ("1 Quay\n\nFloor 2", "W", "", "6", "New Zealand")),
        ("state", "Otago", "OTAGO"),
        ("email", ("a@x.nz", "B@x.nz"), ("A@x.nz", "b@x.nz")),
        ("address", ("1 High St", "Perth", "WA", "6000", ""), ("1 High St", "Perth", "Western Australia", "6000", "")),
    ],
)
def test_two_spellings_of_one_value_are_equal(comparison, a, b):
    assert equal(rule(comparison), a, b)
    assert equal(rule(comparison), b, a)


@pytest.mark.parametrize(
    ("comparison", "a", "b"),
    [
        ("text", "a b", "a  b"),
        ("text", "A", "a"),
        ("name", "KAURI JOINERY", "Kauri Joinery"),
        ("email", "pat@example.com", "pat@example.co"),
        ("website", "example.com/Shop", "example.com/shop"),
        ("website", "shop.example.com", "example.com"),
        ("tax", "12-345-678", "12-345-679"),
        ("tax", "-", "."),
        ("country", "Scotland", "United Kingdom"),
        ("country", "Niger", "Nigeria"),
        ("country", "Middle Earth", "Mordor"),
        ("state", "WA", "VIC"),
        ("address", WELLINGTON, (*WELLINGTON[:4], "")),
        ("address", WELLINGTON, (*WELLINGTON[:4], "Australia")),
        ("address", WELLINGTON, ("2 Lambton Quay", *WELLINGTON[1:])),
        ("address", (*WELLINGTON[:2], "WA", "1", "Australia"), (*WELLINGTON[:2], "Washington", "1", "Australia")),
        ("address", (*WELLINGTON[:2], "", "1", "US"), (*WELLINGTON[:2], "CA", "1", "US")),
        ("address", WELLINGTON, "1 Lambton Quay"),
        ("name", ("Ada", "Moss"), "Ada Moss"),
        ("name", ("Ada", "Moss"), ("Ada", "Moss", "Jr")),
        ("name", ("Ada", "Moss"), ("Ada", "Boss")),
    ],
)
def test_two_values_are_not_equal(comparison, a, b):
    assert not equal(rule(comparison), a, b)
    assert not equal(rule(comparison), b, a)


@pytest.mark.parametrize(
    ("a", "b"),
    [
        ("+64 9 123 4567", "0064 9 1234567"),
        ("+64 9 123 4567", "(09) 123-4567"),
        ("+64 9 123 4567", "64 9 123 4567"),
        ("+64 9 123 4567", "+64 (0)9 123 4567"),
        ("+44 (0)20 7946 0958", "020 7946 0958"),
        ("+1 555 123 4567", "(555) 123-4567"),
        ("+39 06 1234 5678", "06 12345678"),
        ("+64 9 123 4567 x5", "09 123 4567 ext. 5"),
        ("09 123 4567", "(09) 123-4567"),
        ("\uff10\uff19 123 4567", "09 123 4567"),
        ("0800 FLOWERS", "0800  FLOWERS"),
    ],
)
def test_two_spellings_of_a_telephone_number_are_equal(a, b):
    assert equal(rule("phone"), a, b)
    assert equal(rule("phone"), b, a)


@pytest.mark.parametrize(
    ("a", "b"),
    [
        ("+64 9 123 4567", "+61 9 123 4567"),
        ("+64 9 123 4567", "123 4567"),
        ("+64 9 123 4567", "09 123 4568"),
        ("+64 9 123 4567 x5", "09 123 4567"),
        ("+39 06 1234 5678", "6 1234 5678"),
        ("09 123 4567", "9 123 4567"),
        ("0800 FLOWERS", "0800 CANDIES"),
        ("09 123 4567 (ask for Kim)", "09 123 4567 (ask for Jo)"),
        ("+", "-"),
        ("+999 1", "09 123 4567"),
    ],
)
def test_two_telephone_numbers_are_not_equal(a, b):
    assert not equal(rule("phone"), a, b)
    assert not equal(rule("phone"), b, a)


def test_the_countries_are_those_of_the_standard():
    codes = [line.split(" ", 2)[:2] for line in TABLE.splitlines()]
    two, three = zip(*codes, strict=True)
    # Calling codes exist for every country with people; besides, for three regions that the standard does not list.
    assert set(phonenumbers.SUPPORTED_REGIONS) - set(two) == {"AC", "TA", "XK"}
    assert len(set(two)) == len(set(three)) == len(codes) == 249


def test_no_spelling_names_two_countries():
    spellings = [
        (spelling, line[:2]) for line in TABLE.splitlines() for spelling in (line[:2], line[3:6], *line[7:].split("|"))
    ]
    assert [(spelling, code) for spelling, code in spellings if country_code(spelling) != code] == []


def test_a_state_is_read_in_its_country():
    assert same_state("WA", "Washington", "US")
    assert same_state("WA", "Western Australia", "AU")
    assert not same_state("WA", "Washington", "AU")
    assert not same_state("CA", "California", "NZ")
