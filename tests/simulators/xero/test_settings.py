"""What the one who runs the simulation can change, and what the organisation then says of itself."""

from __future__ import annotations

import re

import pytest


def organisation(api):
    return api.get("/Organisation").json["Organisations"][0]


def test_settings_of_the_control_interface_are_taken_as_by_the_other_twin(api):
    wanted = {
        "day_limit": 900, "minute_limit": 50, "latency_ms": 0, "api_enabled": True, "field_history": ["Name"],
        "hidden_fields": ["TaxNumber"], "environment": "sandbox",
    }  # fmt: skip
    shown = api.client.post("/_sim/settings", json=wanted).json
    assert {key: shown[key] for key in wanted} == wanted
    assert api.client.get("/_sim/settings").json == shown


def test_an_organisation_that_gives_apps_no_access_refuses_every_call(api):
    api.twin.settings({"api_enabled": False})
    answer = api.get("/Contacts")
    assert (answer.status_code, answer.json["Detail"]) == (403, "AuthenticationUnsuccessful")
    api.twin.settings({"api_enabled": True})
    assert api.get("/Contacts").status_code == 200


def test_members_that_the_user_may_not_see_are_left_out_of_every_answer(api):
    made = api.create(BankAccountDetails="12-3456", TaxNumber="1")
    api.twin.settings({"hidden_fields": ["BankAccountDetails", "TaxNumber"]})
    for contact in (
        api.read(made),
        *api.listed(),
        *api.listed(""),
        api.change(made, FirstName="T").json["Contacts"][0],
    ):
        assert not {"BankAccountDetails", "TaxNumber"} & set(contact)
    api.twin.settings({"hidden_fields": []})
    assert api.read(made)["TaxNumber"] == "1"


@pytest.mark.parametrize(("environment", "demo"), [("live", False), ("sandbox", True), ("demo", True)])
def test_what_is_not_live_is_a_demonstration_company(api, environment, demo):
    api.twin.settings({"environment": environment})
    assert organisation(api)["IsDemoCompany"] is demo


def test_an_organisation_was_created_once(api):
    before = organisation(api)
    api.tick(600)
    assert organisation(api)["CreatedDateUTC"] == before["CreatedDateUTC"]
    assert re.fullmatch(r"/Date\(\d+\)/", before["CreatedDateUTC"])
    assert [before[key] for key in ("Addresses", "Phones", "ExternalLinks", "PaymentTerms")] == [[], [], [], {}]


def test_lock_dates_are_shown_once_they_are_set(api):
    assert not {"PeriodLockDate", "EndOfYearLockDate"} & set(organisation(api))
    api.twin.settings({"period_lock_date": "2025-12-31", "year_end_lock_date": "2025-03-31"})
    shown = organisation(api)
    assert shown["PeriodLockDate"] == "/Date(1767139200000+0000)/"
    assert shown["EndOfYearLockDate"] == "/Date(1743379200000+0000)/"
    refused = api.client.post("/_sim/settings", json={"period_lock_date": "soon"})
    assert (refused.status_code, "2026-03-31" in refused.json["error"]) == (400, True)
