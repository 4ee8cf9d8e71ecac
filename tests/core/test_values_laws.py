"""The laws that canonical values and their equality keep for every input."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from reconciler.core.schema import ADDRESS, FieldRule
from reconciler.core.values import COMPARISONS, canonical, domain_key, email_key, equal, is_blank, name_key, tax_key
from reconciler.core.values.phones import phone_key

ODD_TEXT = st.text(alphabet=st.characters(codec=None) | st.sampled_from(" \t\r\n　\u00a0+0649()-x.é\u0301\x00\ud800"))
PHONES = st.from_regex(r"(\+|00)?[1-9][0-9 ()-]{3,14}( x[0-9]{1,3})?", fullmatch=True)
NATIONAL = st.builds("0{} {}".format, st.integers(2, 9), st.integers(2_000_000, 9_999_999))
PLACES = st.sampled_from(["NZ", "New Zealand", "WA", "Washington", "Western Australia", "US", "", " x ", "Ivory Coast"])
SINGLE = st.sampled_from([comparison for comparison in COMPARISONS if comparison != "address"])
SINGLE_VALUES = ODD_TEXT | PHONES | PLACES
GROUPS = st.tuples(*[SINGLE_VALUES for _ in ADDRESS])
CASES = st.tuples(SINGLE, SINGLE_VALUES, SINGLE_VALUES) | st.tuples(st.just("address"), GROUPS, GROUPS)


@given(CASES)
def test_the_canonical_form_of_a_canonical_form_is_itself(case):
    comparison, value, _ = case
    once = canonical(comparison, value)
    assert canonical(comparison, once) == once


@given(CASES)
def test_a_canonical_form_can_be_stored_as_text(case):
    comparison, value, _ = case
    form = canonical(comparison, value)
    for text in [form] if isinstance(form, str) else form:
        assert text.encode() == text.strip().encode()
        assert "\x00" not in text
        assert "\r" not in text


@given(CASES)
def test_every_value_equals_itself_and_its_canonical_form(case):
    comparison, value, _ = case
    rule = FieldRule("key", "Field__c", "Name", comparison)
    assert equal(rule, value, value)
    assert equal(rule, value, canonical(comparison, value))


@given(CASES)
def test_equality_does_not_depend_on_who_is_asked_first(case):
    comparison, a, b = case
    rule = FieldRule("key", "Field__c", "Name", comparison)
    assert equal(rule, a, b) == equal(rule, b, a)


@given(CASES)
def test_a_blank_value_equals_blank_values_only(case):
    comparison, value, _ = case
    rule = FieldRule("key", "Field__c", "Name", comparison)
    assert equal(rule, value, "") == is_blank(canonical(comparison, value))


@given(st.sampled_from(["email", "website", "tax", "country"]), SINGLE_VALUES, SINGLE_VALUES, SINGLE_VALUES)
def test_what_equals_the_same_value_is_equal_where_a_comparison_has_a_key(comparison, a, b, c):
    rule = FieldRule("key", "Field__c", "Name", comparison)
    if equal(rule, a, b) and equal(rule, b, c):
        assert equal(rule, a, c)


@given(PHONES)
def test_the_blanks_and_dashes_of_a_telephone_number_do_not_count(phone):
    rule = FieldRule("key", "Phone", "Phones.DEFAULT", "phone")
    assert equal(rule, phone, phone.replace(" ", "-").replace("(", "").replace(")", "."))


@given(NATIONAL, st.sampled_from(["+64", "0064 ", "+64 (0)"]))
def test_a_number_with_its_country_is_found_by_the_key_of_the_one_without(national, country):
    international = country + national.removeprefix("0")
    assert equal(FieldRule("key", "Phone", "Phones.DEFAULT", "phone"), national, international)
    assert phone_key(national) == phone_key(international) != ""


@given(ODD_TEXT)
def test_a_name_has_a_key_unless_it_is_blank(name):
    assert bool(name_key(name)) == bool(canonical("name", name))


@given(SINGLE_VALUES, SINGLE_VALUES)
def test_equal_values_are_found_by_one_key(a, b):
    keys = {"email": email_key, "tax": tax_key}
    for comparison, key in keys.items():
        if equal(FieldRule("key", "Field__c", "Name", comparison), a, b):
            assert key(a) == key(b)
    assert domain_key(a) == domain_key(str(canonical("website", a)))
