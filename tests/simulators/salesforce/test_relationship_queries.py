"""How far a query follows relations, up and down, and how it orders what it found."""

from __future__ import annotations

import pytest

from tests.simulators.salesforce.api import Api, error


def down(levels: int) -> str:
    """A query over so many levels of records, one within the other."""
    query = "SELECT Id FROM ChildAccounts"
    for _ in range(levels - 2):
        query = f"SELECT Id, ({query}) FROM ChildAccounts"
    return f"SELECT Id, ({query}) FROM Account"


def up(steps: int) -> str:
    return f"SELECT Id FROM Account WHERE {'Parent.' * steps}Name = null"


def at(api: Api, version: str, query: str) -> tuple[int, str]:
    answer = api.client.get(f"/services/data/v{version}/query", query_string={"q": query}, headers=api.headers)
    return (200, "") if answer.status_code == 200 else error(answer)


def test_a_query_follows_parents_for_five_steps(api: Api) -> None:
    assert at(api, "66.0", up(5)) == (200, "")
    assert at(api, "66.0", up(6)) == (400, "MALFORMED_QUERY")


@pytest.mark.parametrize(("version", "most"), [("57.0", 2), ("58.0", 5)])
def test_related_records_within_related_records_have_as_many_levels_as_the_version_knows(
    api: Api, version: str, most: int
) -> None:
    assert at(api, version, down(most)) == (200, "")
    assert at(api, version, down(most + 1)) == (400, "MALFORMED_QUERY")


def test_an_inner_query_has_an_offset_only_within_one_record(api: Api) -> None:
    inner = "SELECT Id, (SELECT Id FROM Contacts LIMIT 10 OFFSET 2) FROM Account"
    assert error(api.query(inner)) == (400, "MALFORMED_QUERY")
    assert error(api.query(f"{inner} LIMIT 2")) == (400, "MALFORMED_QUERY")
    assert api.query(f"{inner} ORDER BY Name LIMIT 1").status_code == 200


@pytest.mark.parametrize("source", ["Contact, Contact.Account", "Contact c, c.Account", "Contact c, c.Account a"])
def test_a_relation_may_be_named_among_the_sources(api: Api, source: str) -> None:
    acme = api.create()
    for name, key in (("Ann", acme), ("Bob", None)):
        api.call("POST", "/sobjects/Contact", {"LastName": name, "AccountId": key})
    account = "a" if source.endswith(" a") else "Account"
    answer = api.query(f"SELECT COUNT() FROM {source} WHERE {account}.Name = 'Acme'")
    assert answer.get_json()["totalSize"] == 1


def test_a_relation_among_the_sources_has_to_be_there(api: Api) -> None:
    assert error(api.query("SELECT Id FROM Contact c, c.Friend f")) == (400, "INVALID_FIELD")


def test_choices_are_ordered_as_the_administrator_has_them(api: Api) -> None:
    for rating in ("Cold", "Warm", "Hot", None, "Lukewarm"):
        api.create(Rating=rating)
    ordered = [row["Rating"] for row in api.found("SELECT Rating FROM Account ORDER BY Rating NULLS LAST")]
    assert ordered == ["Hot", "Warm", "Cold", "Lukewarm", None]
    grouped = api.found("SELECT Rating, COUNT(Id) FROM Account GROUP BY Rating ORDER BY Rating DESC NULLS LAST")
    assert [row["Rating"] for row in grouped] == ["Lukewarm", "Cold", "Warm", "Hot", None]


@pytest.mark.parametrize("said", ["", " NULLS LAST", " DESC NULLS LAST"])
def test_an_empty_lookup_comes_first_whatever_is_said_of_nulls(api: Api, said: str) -> None:
    acme = api.create()
    api.create(Name="Brim", ParentId=acme)
    ordered = [row["ParentId"] for row in api.found(f"SELECT ParentId FROM Account ORDER BY ParentId{said}")]
    assert ordered == [None, acme]


def test_a_scope_narrows_a_query_to_what_the_caller_owns(api: Api) -> None:
    api.create(Name="Mine")
    api.person("create", fields={"Name": "Theirs"})
    assert api.names("USING SCOPE mine") == ["Mine"]
    assert api.names("USING SCOPE Mine WHERE Name = 'Theirs' OR Phone = null") == ["Mine"]
    assert sorted(api.names("USING SCOPE everything ORDER BY Name")) == ["Mine", "Theirs"]
    assert api.query("SELECT COUNT() FROM Account USING SCOPE mine").get_json()["totalSize"] == 1
    described = api.call("GET", "/sobjects/Account/describe").get_json()["supportedScopes"]
    assert [each["name"] for each in described] == ["everything", "mine"]


@pytest.mark.parametrize(
    "inner",
    [
        "Id, (SELECT Id FROM Contacts USING SCOPE mine) FROM Account",
        "Id FROM Account WHERE Id IN (SELECT AccountId FROM Contact USING SCOPE mine)",
    ],
)
def test_a_scope_is_of_the_whole_query(api: Api, inner: str) -> None:
    assert error(api.query(f"SELECT {inner}")) == (400, "MALFORMED_QUERY")


@pytest.mark.parametrize(("source", "scope"), [("Account", "my_territory"), ("User", "mine")])
def test_a_scope_that_an_object_has_not_is_refused(api: Api, source: str, scope: str) -> None:
    answer = api.query(f"SELECT Id FROM {source} USING SCOPE {scope}")
    assert error(answer) == (400, "INVALID_QUERY_SCOPE")
