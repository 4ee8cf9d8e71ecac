"""Filters beyond a field compared with a constant: methods, members, both sides, and the words of refusals."""

from __future__ import annotations

from urllib.parse import quote

import pytest

OWED = {"AccountsReceivable": {"Outstanding": 849.5, "Overdue": 0}, "AccountsPayable": {"Outstanding": 0, "Overdue": 0}}


@pytest.fixture
def two(api):
    bay = api.create("Bay Wines", FirstName="Bay", LastName="Bay", TaxNumber="12 345", ContactNumber="A-1")
    api.tick()
    api.create("Creek & Co", FirstName="Ann", LastName="Creek", TaxNumberType="SSN")
    api.edit(do="update", id=bay["ContactID"], fields={"Balances": OWED, "Discount": 5})
    return api


def asked(text):
    return f"page=1&order=Name&where={quote(text)}"


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ('"bay wines"==Name', ["Bay Wines"]),
        ("null!=TaxNumber", ["Bay Wines"]),
        ("FirstName==LastName", ["Bay Wines"]),
        ("FirstName<LastName", ["Creek & Co"]),
        ("DateTime(2026,5,4,12,31,0)>UpdatedDateUTC", []),
        ('TaxNumber!=null AND TaxNumber.Replace(" ","")=="12345"', ["Bay Wines"]),
        ('ContactNumber.Replace("-","")=="A1"', ["Bay Wines"]),
        ('Name.Trim().ToLower().EndsWith("co")', ["Creek & Co"]),
        ("Name.Length>9", ["Creek & Co"]),
        ("Name.Contains(FirstName)", ["Bay Wines"]),
        ("UpdatedDateUTC.Year==2026 && UpdatedDateUTC.Date==DateTime(2026,5,4)", ["Bay Wines", "Creek & Co"]),
        ("UpdatedDateUTC.Month>5 || UpdatedDateUTC.Day<4", []),
        ("Balances!=null", ["Bay Wines"]),
        ("Balances==null", ["Creek & Co"]),
        ("Balances.AccountsReceivable.Outstanding>849", ["Bay Wines"]),
        ("Balances.AccountsPayable.Overdue!=0", ["Creek & Co"]),
        ("Discount>=5", ["Bay Wines"]),
        ("BrandingTheme==null AND Addresses!=null", ["Bay Wines", "Creek & Co"]),
        ("MergedToContactID==null", ["Bay Wines", "Creek & Co"]),
        ('TaxNumberType=="SSN"', ["Creek & Co"]),
        ('not (Name=="Bay Wines")', ["Creek & Co"]),
        ('TaxNumber.Contains("1")==false', ["Creek & Co"]),
        ("1==1", ["Bay Wines", "Creek & Co"]),
        ("true && !false", ["Bay Wines", "Creek & Co"]),
    ],
)
def test_what_the_vendors_library_parses_is_understood(two, text, found):
    assert two.names(asked(text)) == found


def test_an_id_is_compared_as_text_where_it_is_made_one(two):
    made = two.listed()[0]
    assert two.names(asked(f'ContactID.ToString()=="{made["ContactID"]}"')) == [made["Name"]]


def test_a_merged_contact_is_found_by_its_survivor(two):
    loser, survivor = two.listed("page=1&order=Name")
    two.edit(do="merge", id=survivor["ContactID"], loser=loser["ContactID"])
    text = f'MergedToContactID==Guid("{survivor["ContactID"]}")'
    assert two.names(asked(text) + "&includeArchived=true") == ["Bay Wines"]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ('Name=="a"b"', "Syntax error"),
        ('Name=="a" "b"', "Syntax error"),
        ("Name=='ab'", "Character literal must contain exactly one character"),
        ("Name=='a'", "Operator '==' incompatible with operand types 'String' and 'Char'"),
        ("Bat=='a'", "No property or field 'Bat' exists in type 'Contact'"),
        ('BrandingTheme.Name=="x"', "No property or field 'Name' exists in type 'BrandingTheme'"),
        ('Addresses.City=="x"', "No property or field 'City' exists in type 'List`1'"),
        ('Name.City=="x"', "No property or field 'City' exists in type 'String'"),
        ("Balances==5", "Operator '==' incompatible with operand types 'Balances' and 'Double'"),
        ("Balances==Balances", "Operator '==' incompatible with operand types 'Balances' and 'Balances'"),
        ("Name>null", "Operator '>' incompatible with operand types 'String' and 'null'"),
        ("Name", "Expression of type 'Boolean' expected"),
        ("Name==", "Expression expected"),
        ("Name.Sounds(5)==true", "No applicable method 'Sounds' exists in type 'String'"),
        ("Name.Contains(5)", "No applicable method 'Contains' exists in type 'String'"),
        ("Name.", "Identifier expected"),
    ],
)
def test_refusals_are_in_the_words_of_that_library(two, text, message):
    answer = two.get(f"/Contacts?{asked(text)}")
    assert (answer.status_code, answer.json["ErrorNumber"], answer.json["Type"]) == (400, 16, "QueryParseException")
    assert answer.json["Message"] == message


@pytest.mark.parametrize("order", ["Balances", "Addresses DESC", "Name, PaymentTerms"])
def test_objects_and_lists_have_no_order(two, order):
    answer = two.get(f"/Contacts?page=1&order={order}")
    assert (answer.status_code, answer.json["Type"]) == (400, "QueryParseException")


def test_numbers_and_ids_have_one(two):
    assert two.names("page=1&order=Discount DESC") == ["Bay Wines", "Creek & Co"]
    assert two.get("/Contacts?page=1&order=MergedToContactID").status_code == 200


@pytest.mark.parametrize("text", ["IsCustomer==true", "Balances!=null", 'Name=="a" OR SalesDefaultAccountCode=="200"'])
def test_a_summary_is_not_filtered_by_what_it_leaves_out(two, text):
    assert two.get(f"/Contacts?{asked(text)}").status_code == 200
    answer = two.get(f"/Contacts?{asked(text)}&summaryOnly=true")
    assert (answer.status_code, answer.json["Type"]) == (400, "QueryParseException")
    assert two.names(asked('Name=="bay wines"') + "&summaryOnly=true") == ["Bay Wines"]
