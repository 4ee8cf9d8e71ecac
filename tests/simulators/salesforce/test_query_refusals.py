"""What a refused query is told: the sentences and their place, as they have been captured."""

from __future__ import annotations

import pytest

from reconciler.simulators.salesforce.soql.faults import malformed
from tests.simulators.salesforce.api import Api, error

PRODUCTS = "select Id, ProductCode from Product2 where ProductCode = 3999"
CONTACTS = "SELECT Id, IsPersonAccount, AccountId, Name FROM Contact WHERE Name IN ('Bryson Dechambeau')"
PICTURES = "SELECT Id\n,Name\nFROM Contact\n            WHERE Name LIKE :key AND Picture__c != NULL"


@pytest.mark.parametrize(
    ("query", "place", "context", "where"),
    [
        (PRODUCTS, 43, "ProductCode from Product2 where ProductCode = 3999", "Row:1:Column:44"),
        (CONTACTS, 63, "AccountId, Name FROM Contact WHERE Name IN ('Bryson Dechambeau')", "Row:1:Column:64"),
        (PICTURES, 47, "            WHERE Name LIKE :key AND Picture__c !=", "Row:4:Column:19"),
        ("SELECT Foo FROM Account", 7, "SELECT Foo FROM Account", "Row:1:Column:8"),
    ],
)
def test_of_a_long_query_only_the_words_around_the_place_are_shown(
    query: str, place: int, context: str, where: str
) -> None:
    _, shown, caret, told, _ = malformed(query, place, "why").message.split("\n")
    assert (shown, told) == (context, f"ERROR at {where}")
    assert shown[len(caret) - 1 :][:3] == query[place:][:3]


@pytest.mark.parametrize(
    ("condition", "wanted"),
    [
        ("AnnualRevenue = '5'", "double and should not be enclosed in quotes"),
        ("NumberOfEmployees = '5'", "int and should not be enclosed in quotes"),
        ("CreatedDate = '2026'", "dateTime and should not be enclosed in quotes"),
        ("Industry = 5", "string and should be enclosed in quotes"),
    ],
)
def test_the_type_that_a_field_wants_is_named_as_the_wire_names_it(api: Api, condition: str, wanted: str) -> None:
    answer = api.query(f"SELECT Id FROM Account WHERE {condition}")
    assert error(answer) == (400, "INVALID_FIELD")
    assert answer.get_json()[0]["message"].endswith(f"must be of type {wanted}")


@pytest.mark.parametrize(
    ("bound", "status"),
    [
        ("LIMIT 200", 200),
        ("LIMIT 201", 400),
        ("WHERE Id IN ({})", 200),
        ("WHERE Id = {} OR Id = {}", 200),
        ("WHERE Name != null AND Id = {}", 200),
        ("WHERE Id NOT IN ({})", 400),
        ("WHERE Id > {}", 400),
        ("WHERE Id = {} OR Name = null", 400),
        ("WHERE Id IN (" + ",".join(["{}"] * 201) + ")", 400),
    ],
)
def test_all_fields_are_had_of_no_more_than_two_hundred_records(api: Api, bound: str, status: int) -> None:
    condition = bound.replace("{}", f"'{api.create()}'")
    assert api.query(f"SELECT FIELDS(ALL) FROM Account {condition}").status_code == status
