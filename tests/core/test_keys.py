"""The keys by which the same customer is found under two spellings."""

from __future__ import annotations

import pytest

from reconciler.core.values import domain_key, email_key, name_key, phone_key, tax_key


@pytest.mark.parametrize(
    ("name", "other"),
    [
        ("Kauri Joinery Ltd", "KAURI JOINERY LIMITED"),
        ("Kauri Joinery Pty. Ltd.", "Kauri Joinery"),
        ("Kauri Joinery P/L", "Kauri Joinery Proprietary Limited"),
        ("Ravenscar Wines Teo", "Ravenscar Wines Ltd"),
        ("The Kauri Joinery", "Kauri Joinery"),
        ("Smith & Sons Inc.", "Smith and Sons, LLC"),
        ("Smith & Co. Ltd", "Smith"),
        ("Pōhutukawa Wines", "Pohutukawa Wines"),
        ("Müller GmbH & Co. KG", "Muller"),
        ("Ørsted A/S", "Orsted"),
        ("Dubois S.A.R.L.", "Dubois SARL"),
        ("Nowak Spółka z o.o.", "Nowak sp. z o.o."),
        ("Ibarra S. de R.L. de C.V.", "Ibarra"),
        ("Tremblay Limitée", "Tremblay Ltée"),
        ("Y\u0131lmaz Ltd. Şti.", "Yilmaz"),  # a dotless i
        ("A.B. Surveyors", "AB Surveyors"),
        ("O’Brien’s Bakery", "OBriens Bakery"),
        ("Northgate–Bay", "Northgate Bay"),
        ("Straße AG", "Strasse"),
        ("\uff2bauri", "kauri"),
    ],
)
def test_two_spellings_of_a_company_have_one_key(name, other):
    assert name_key(name) == name_key(other)


@pytest.mark.parametrize(
    ("name", "other"),
    [
        ("Kauri Joinery", "Kauri Joiners"),
        ("Limited Editions", "Editions"),
        ("Smith and Sons", "Smith Sons"),
        ("Ltd", "Inc"),
        ("!!!", "???"),
        ("株式会社", "有限会社"),
        ("ガス", "カス"),
    ],
)
def test_two_companies_have_two_keys(name, other):
    assert name_key(name) != name_key(other)


@pytest.mark.parametrize("name", ["Ltd", "S.A.", "The", "&", "!!!", "The Co", "株式会社", "١٢"])
def test_a_name_made_of_nothing_but_noise_keeps_a_key(name):
    assert name_key(name)


@pytest.mark.parametrize("phone", ["+64 9 123 4567", "(09) 123-4567", "0064 (0)9 1234567", "09 123 4567 x2"])
def test_every_spelling_of_a_number_has_one_key(phone):
    assert phone_key(phone) == "1234567"


@pytest.mark.parametrize("text", ["", "ask Kim", "111", "0800 FLOWERS"])
def test_what_rings_nobody_in_particular_has_no_key(text):
    assert phone_key(text) == ""


def test_an_e_mail_address_is_found_in_any_case():
    assert email_key(" Pat@Example.com ") == "pat@example.com"
    assert email_key("n/a") == ""


def test_a_tax_number_is_its_letters_and_digits():
    assert tax_key("GB 123-456.789") == tax_key("gb123456789") == "gb123456789"


@pytest.mark.parametrize(
    ("address", "domain"),
    [
        ("https://www.Example.co.nz/shop", "example.co.nz"),
        ("accounts@example.co.nz", "example.co.nz"),
        ("example.co.nz:8080", "example.co.nz"),
        ("somebody@gmail.com", ""),
        ("localhost", ""),
        ("", ""),
    ],
)
def test_a_domain_is_known_from_a_web_or_e_mail_address(address, domain):
    assert domain_key(address) == domain
