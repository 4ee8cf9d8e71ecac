"""Queries that no gateway sends but a curious person does: aliases, inner queries, date literals, ordered groups."""

from __future__ import annotations

from datetime import date

import pytest

from reconciler.simulators.salesforce.soql.days import span
from tests.simulators.salesforce.api import NOON, Api, error


@pytest.fixture(scope="module")
def firm() -> Api:
    """Two firms with people and one without."""
    api = Api()
    for name, people in (("Acme", ("Ann", "Bob", "Cid")), ("Brim", ("Dot",)), ("Cove", ())):
        account = api.create(Name=name, NumberOfEmployees=len(people), Industry="Fish" if people else None)
        for last in people:
            api.call("POST", "/sobjects/Contact", {"LastName": last, "AccountId": account})
    return api


def test_an_object_may_go_by_another_name(firm: Api) -> None:
    assert firm.names("a WHERE a.Name = 'Acme'") == ["Acme"]
    assert firm.found("SELECT a.Owner.Name FROM Account a LIMIT 1")[0]["Owner"]["Name"] == "Concord Integration"


def test_a_relation_may_go_by_another_name(firm: Api) -> None:
    assert firm.query("SELECT count() FROM Contact c, c.Account a WHERE a.Name = 'Acme'").get_json()["totalSize"] == 3


def test_letters_may_be_written_by_their_number(firm: Api) -> None:
    assert firm.names(r"WHERE Name = '\u0041cme'") == ["Acme"]


def test_a_flag_that_is_null_is_a_flag_that_is_false(firm: Api) -> None:
    assert len(firm.names("WHERE Sync_with_Xero__c = null")) == 3
    assert firm.names("WHERE Sync_with_Xero__c != null") == []


def test_groups_are_chosen_by_what_was_counted(firm: Api) -> None:
    grouped = "SELECT Account.Name who, COUNT(Id) FROM Contact GROUP BY Account.Name HAVING"
    assert firm.found(f"{grouped} COUNT(Id) > 1") == [{"who": "Acme", "expr0": 3}]
    assert [row["who"] for row in firm.found(f"{grouped} MAX(LastName) LIKE 'd%' OR Account.Name = 'Acme'")] == [
        "Acme", "Brim"
    ]  # fmt: skip


@pytest.mark.prove
def test_more_groups_than_fit_on_a_page_are_refused() -> None:
    api = Api("synced", 2001)
    text = "SELECT Id, COUNT(Name) FROM Account GROUP BY Id"
    assert error(api.query(text)) == (400, "EXCEEDED_ID_LIMIT")
    assert len(api.found(f"{text} LIMIT 2000")) == 2000


def test_an_alias_outside_of_groups_is_told_by_the_vendors_sentence(firm: Api) -> None:
    message = firm.query("SELECT Id Name FROM Account").get_json()[0]["message"]
    assert message.endswith("only aggregate expressions use field aliasing")


def test_related_records_may_be_named_in_full(firm: Api) -> None:
    rows = firm.query("SELECT (SELECT Contact.LastName FROM Account.Contacts) FROM Account WHERE Name = 'Brim'")
    assert rows.get_json()["records"][0]["Contacts"]["records"][0]["LastName"] == "Dot"


def test_related_records_come_along(firm: Api) -> None:
    rows = firm.query("SELECT Name, (SELECT LastName FROM Contacts ORDER BY LastName LIMIT 2) FROM Account").get_json()
    people = {row["Name"]: row["Contacts"] for row in rows["records"]}
    assert people["Cove"] is None
    assert (people["Acme"]["totalSize"], people["Acme"]["done"]) == (2, True)
    assert [each["LastName"] for each in people["Acme"]["records"]] == ["Ann", "Bob"]
    assert [each["LastName"] for each in people["Brim"]["records"]] == ["Dot"]


def test_related_records_may_come_with_all_their_fields(firm: Api) -> None:
    (row,) = firm.found("SELECT (SELECT FIELDS(ALL) FROM Contacts LIMIT 1) FROM Account WHERE Name = 'Brim'")
    assert row["Contacts"]["records"][0]["LastName"] == "Dot"


def test_records_are_found_by_what_relates_to_them(firm: Api) -> None:
    assert firm.names("WHERE Id IN (SELECT AccountId FROM Contact WHERE LastName = 'Dot')") == ["Brim"]
    assert firm.names("WHERE Id NOT IN (SELECT AccountId FROM Contact)") == ["Cove"]


def test_groups_have_an_order_and_a_limit_of_their_own(firm: Api) -> None:
    text = "SELECT Account.Name, COUNT(Id) n FROM Contact GROUP BY Account.Name ORDER BY COUNT(Id) DESC LIMIT 1"
    assert firm.found(text) == [{"Name": "Acme", "n": 3}]
    by_name = firm.found("SELECT Industry, COUNT(Id) n FROM Account GROUP BY Industry ORDER BY Industry NULLS LAST")
    assert [(row["Industry"], row["n"]) for row in by_name] == [("Fish", 2), (None, 1)]


@pytest.mark.parametrize(
    "query",
    [
        "SELECT COUNT(Id) FROM Account LIMIT 1",
        "SELECT Id FROM Account ORDER BY COUNT(Id)",
        "SELECT Industry FROM Account GROUP BY Industry ORDER BY Name",
        "SELECT Id FROM Account WHERE Id IN (SELECT ParentId FROM Account)",
        "SELECT Id FROM Account WHERE Id IN (SELECT LastName FROM Contact)",
        "SELECT Id FROM Account WHERE Id IN (SELECT Id, AccountId FROM Contact)",
        "SELECT Id FROM Account WHERE CreatedDate = LAST_N_DAYS",
        "SELECT Id FROM Account WHERE CreatedDate = THIS_WEEK:2",
        "SELECT Id FROM Account WHERE CreatedDate = THIS_FISCAL_MONTH",
        "SELECT Id FROM Account WHERE CreatedDate = LAST_N_FISCAL_DAYS:2",
        "SELECT Id FROM Account WHERE Id IN (SELECT OwnerId FROM Contact)",
        "SELECT Id FROM Account WHERE Parent.Id IN (SELECT AccountId FROM Contact)",
        "SELECT Id FROM Account WHERE Id IN (SELECT Account.Id FROM Contact)",
        "SELECT Id FROM Account WHERE Id IN (SELECT AccountId FROM Contact LIMIT 1)",
        "SELECT Id FROM Account WHERE Id IN (SELECT AccountId FROM Contact) OR Name = 'Cove'",
        "SELECT Id FROM Account WHERE NOT (Id IN (SELECT AccountId FROM Contact))",
        "SELECT Id FROM Account WHERE Id IN (SELECT AccountId FROM Contact WHERE Id IN (SELECT Id FROM User))",
        "SELECT Industry FROM Account GROUP BY Industry HAVING COUNT(Id) > 1 AND Name LIKE 'A%'",
        "SELECT Id FROM Account HAVING COUNT(Id) > 1",
        "SELECT Id FROM Account WHERE COUNT(Id) > 1",
        "SELECT AVG(Name) FROM Account",
        "SELECT SUM(CreatedDate) FROM Account",
        "SELECT MAX(Sync_with_Xero__c) FROM Account",
        "SELECT COUNT() FROM Account ORDER BY Name",
        "SELECT COUNT(), Id FROM Account",
        "SELECT Id, COUNT() FROM Account",
        "SELECT Industry, COUNT() FROM Account GROUP BY Industry",
        "SELECT Industry FROM Account GROUP BY Industry HAVING COUNT() > 1",
        "SELECT Account.Name, Owner.Name FROM Contact GROUP BY Account.Name, Owner.Name",
        "SELECT Industry, MAX(Name) industry FROM Account GROUP BY Industry",
        "SELECT COUNT(Id) n, MAX(Name) N FROM Account",
        "SELECT COUNT(Id), MAX(Name) expr0 FROM Account",
        "SELECT Industry, COUNT(Industry) FROM Account GROUP BY Industry",
        "SELECT DISTINCT Name FROM Account",
        "SELECT Name n FROM Account",
        "SELECT FIELDS(CUSTOM) FROM Contact LIMIT 1",
        "SELECT Id FROM Account WITH SECURITY_ENFORCED",
        "SELECT Id, (SELECT COUNT() FROM Contacts) FROM Account",
        "SELECT Id, (SELECT COUNT(Id) FROM Contacts) FROM Account",
        "SELECT Id, (SELECT LastName FROM Contacts GROUP BY LastName) FROM Account",
        "SELECT Id, (SELECT Id FROM Contacts), (SELECT LastName FROM contacts) FROM Account",
        "SELECT Id, (SELECT FIELDS(ALL) FROM Contacts) FROM Account",
        "SELECT Id, (SELECT FIELDS(ALL) FROM Contacts LIMIT 201) FROM Account",
        "SELECT TYPEOF Owner WHEN User THEN Name END FROM Account",
    ],
)
def test_what_the_language_does_not_allow_is_malformed(firm: Api, query: str) -> None:
    assert error(firm.query(query)) == (400, "MALFORMED_QUERY")


@pytest.mark.parametrize("wrong", ["(SELECT Id FROM Friends)", "Friends.Name"])
def test_an_unknown_relation_is_an_invalid_field(firm: Api, wrong: str) -> None:
    answer = firm.query(f"SELECT Id, {wrong} FROM Account")
    assert error(answer) == (400, "INVALID_FIELD")
    assert "Didn't understand relationship 'Friends' in field path. If you" in answer.get_json()[0]["message"]


@pytest.mark.parametrize(
    ("literal", "first", "end"),
    [
        ("TODAY", "2026-05-04", "2026-05-05"),
        ("YESTERDAY", "2026-05-03", "2026-05-04"),
        ("TOMORROW", "2026-05-05", "2026-05-06"),
        ("THIS_WEEK", "2026-05-04", "2026-05-11"),
        ("LAST_WEEK", "2026-04-27", "2026-05-04"),
        ("NEXT_WEEK", "2026-05-11", "2026-05-18"),
        ("THIS_MONTH", "2026-05-01", "2026-06-01"),
        ("LAST_MONTH", "2026-04-01", "2026-05-01"),
        ("NEXT_MONTH", "2026-06-01", "2026-07-01"),
        ("THIS_QUARTER", "2026-04-01", "2026-07-01"),
        ("LAST_QUARTER", "2026-01-01", "2026-04-01"),
        ("THIS_YEAR", "2026-01-01", "2027-01-01"),
        ("NEXT_YEAR", "2027-01-01", "2028-01-01"),
        ("LAST_90_DAYS", "2026-02-03", "2026-05-05"),
        ("NEXT_90_DAYS", "2026-05-05", "2026-08-03"),
        ("LAST_N_DAYS:3", "2026-05-01", "2026-05-05"),
        ("NEXT_N_DAYS:3", "2026-05-05", "2026-05-08"),
        ("N_DAYS_AGO:3", "2026-05-01", "2026-05-02"),
        ("LAST_N_WEEKS:2", "2026-04-20", "2026-05-04"),
        ("LAST_N_MONTHS:5", "2025-12-01", "2026-05-01"),
        ("NEXT_N_YEARS:2", "2027-01-01", "2029-01-01"),
        ("N_QUARTERS_AGO:1", "2026-01-01", "2026-04-01"),
        ("LAST_N_DAYS:999999999999", "0001-01-01", "2026-05-05"),
        ("THIS_FISCAL_QUARTER", "2026-04-01", "2026-07-01"),
        ("LAST_FISCAL_YEAR", "2025-01-01", "2026-01-01"),
        ("NEXT_N_FISCAL_QUARTERS:2", "2026-07-01", "2027-01-01"),
        ("LAST_N_FISCAL_YEARS:2", "2024-01-01", "2026-01-01"),
        ("N_FISCAL_YEARS_AGO:1", "2025-01-01", "2026-01-01"),
    ],
)
def test_a_date_literal_stands_for_its_days(literal: str, first: str, end: str) -> None:
    name, _, count = literal.partition(":")
    assert span(name, int(count or 0), date(2026, 5, 4)) == (date.fromisoformat(first), date.fromisoformat(end))


def test_date_literals_are_days_of_the_callers_time_zone(firm: Api) -> None:
    assert {row["TimeZoneSidKey"] for row in firm.found("SELECT TimeZoneSidKey FROM User")} == {"GMT"}
    firm.set(session_life=86_400)
    firm.twin.clock.set(now=NOON.replace(hour=23, minute=59))
    assert len(firm.names("WHERE CreatedDate = TODAY")) == 3
    firm.twin.clock.set(now=NOON)


def test_date_literals_find_records(firm: Api) -> None:
    assert len(firm.names("WHERE CreatedDate = THIS_FISCAL_QUARTER AND CreatedDate >= LAST_N_DAYS:99999999999")) == 3
    assert firm.names("WHERE CreatedDate < THIS_WEEK") == []
