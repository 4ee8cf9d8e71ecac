"""The check-up finds what is wrong with either side, says it plainly, and writes nothing."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest
from sqlalchemy import Engine

from reconciler.adapters.salesforce import checkup
from reconciler.adapters.xero import checkup as xero_checkup
from reconciler.core.criteria import Group, Operator, Row
from reconciler.core.model import SIDES, ClockReading, Side
from reconciler.doctor import Examination, examine, known
from reconciler.mapping.shipped import CUSTOMER
from reconciler.ports import Finding, Identity, Meter
from reconciler.store.connections import SideState
from tests.adapters.wired import Wired
from tests.e2e.live import Live

S, X = SIDES


@pytest.fixture
def live(world: Wired, engine: Engine) -> Iterator[Live]:
    world.clock.advance(3600)
    live = Live(world.reset("synced", 20), engine)
    yield live
    world.pair.salesforce.twin.settings(
        {"hidden_fields": [], "day_limit": 100_000, "state_country_picklists": False, "environment": "live",
         "api_enabled": True}
    )  # fmt: skip
    world.pair.xero.twin.settings(
        {"environment": "live", "day_limit": 5000, "connected": True, "scopes": [], "high_volume": False}
    )
    world.pair.xero.twin.organisation.pop("PeriodLockDate", None)


def seen(found: Examination, topic: str, side: Side | None = None) -> dict[str, str]:
    """The findings about a topic: text to verdict."""
    findings = found.both if side is None else found.sides[side]
    return {finding.text: finding.verdict for finding in findings if finding.topic == topic}


def verdict(findings: dict[str, str], part: str) -> str:
    return next(verdict for text, verdict in findings.items() if part in text)


def test_two_sound_sides_are_found_sound_and_nothing_is_written(live: Live) -> None:
    for side in SIDES:
        live.world.running(side).rig.calls.reset()
    found = examine(live.works, live.id)
    assert found.sound
    assert live.writes() == 0
    for side in SIDES:
        assert {"identity", "environment", "edition", "rights", "fields", "quota", "clock", "assumption"} <= {
            finding.topic for finding in found.sides[side]
        }
        assert found.calls[side] == live.counted()[side.value]
    assert verdict(seen(found, "assumption", S), "(412)") == "good"
    assert verdict(seen(found, "assumption", X), "in the second asked about is listed") == "good"
    assert verdict(seen(found, "assumption", X), "filter by contact number") == "good"


def test_fields_that_are_hidden_are_named_with_what_to_do(live: Live) -> None:
    live.world.pair.salesforce.twin.settings({"hidden_fields": ["Email__c", "Xero_Contact_Id__c"]})
    found = examine(live.works, live.id)
    assert not found.sound
    bad = [finding for finding in found.sides[S] if finding.verdict == "bad"]
    assert {name for name in ("Email__c", "Xero_Contact_Id__c") if any(name in f.text for f in bad)} == {
        "Email__c",
        "Xero_Contact_Id__c",
    }
    assert all("metadata" in finding.remedy for finding in bad)


def test_criteria_on_a_hidden_field_are_named_with_their_column(live: Live) -> None:
    told_by_xero = Row("groups", Operator.EQUAL, ("Shared",))  # a fact of the record, which has no column
    named = Row("email", Operator.FILLED), Row("billing.city", Operator.EQUAL, ("Lyttelton",))
    condition = Group(True, (*named, told_by_xero))
    live.rule(replace(CUSTOMER, opt_in=replace(CUSTOMER.opt_in, criteria=condition)))
    assert seen(examine(live.works, live.id), "criteria", S) == {}
    live.world.pair.salesforce.twin.settings({"hidden_fields": ["Email__c"]})
    (told,) = (f for f in examine(live.works, live.id).sides[S] if f.topic == "criteria")
    assert told.verdict == "bad"
    assert "email (Email__c), which is not there in Salesforce, or not shared" in told.text
    assert "permission set" in told.remedy


def test_a_test_system_beside_a_live_one_is_said_of_both(live: Live) -> None:
    live.world.pair.xero.twin.settings({"environment": "demo"})
    found = examine(live.works, live.id)
    assert verdict(seen(found, "environment"), "Xero is demo") == "bad"
    assert verdict(seen(found, "environment", X), "demo") == "look"


def test_what_is_running_out_is_said_before_it_has(live: Live) -> None:
    live.world.pair.xero.twin.settings({"day_limit": 100})
    found = examine(live.works, live.id)
    assert "look" in seen(found, "quota", X).values()
    assert checkup.quota({"DailyApiRequests": {"Max": 1000, "Remaining": 0}}).verdict == "bad"
    assert checkup.quota({"DailyApiRequests": {"Max": 1000, "Remaining": 99}}).verdict == "look"
    assert checkup.quota({"DailyApiRequests": {"Max": 1000, "Remaining": 100}}).verdict == "good"


def test_a_lock_date_is_told_with_what_it_means(live: Live) -> None:
    live.world.pair.xero.twin.organisation["PeriodLockDate"] = "/Date(1743379200000+0000)/"
    locks = seen(examine(live.works, live.id), "lock dates", X)
    assert locks == {
        "The books are locked up to 31 March 2025 for everybody but advisers; contacts are not affected.": "look"
    }


def test_an_organisation_too_large_to_be_filtered_is_told(live: Live) -> None:
    live.world.pair.xero.twin.settings({"high_volume": True})
    found = seen(examine(live.works, live.id), "assumption", X)
    assert verdict(found, "does not filter by contact number") == "look"


def test_picklists_for_states_are_found_in_the_organisation_itself(live: Live) -> None:
    live.world.pair.salesforce.twin.settings({"state_country_picklists": True})
    assert "State and country picklists are on" in " ".join(seen(examine(live.works, live.id), "assumption", S))


def test_a_clock_that_is_wrong_is_told(live: Live) -> None:
    live.world.pair.xero.twin.clock.set(offset_seconds=900)
    clock = seen(examine(live.works, live.id), "clock", X)
    assert list(clock.values()) == ["bad"]
    assert "ahead of ours" in next(iter(clock))


def test_a_side_that_refuses_us_does_not_hide_the_other(live: Live) -> None:
    live.world.pair.xero.twin.settings({"connected": False})
    found = examine(live.works, live.id)
    assert found.sides[X][-1].verdict == "bad" or found.sides[X][-2].verdict == "bad"
    assert verdict(seen(found, "rights", S), "may read, create and edit") == "good"
    live.world.pair.salesforce.twin.settings({"api_enabled": False})
    found = examine(live.works, live.id)
    assert any("API" in finding.text and finding.verdict == "bad" for finding in found.sides[S])


KEPT = SideState(S, "", "00D000000000001AAA", "", None, None, ClockReading(), paused=False)


def of(edition: str = "Enterprise Edition", organisation: str = "00D000000000001AAA", **more: Any) -> list[Finding]:
    return list(known(Identity(organisation, "Aurora", more.get("environment", "live"), edition=edition), KEPT))


def test_a_refreshed_sandbox_is_another_organisation() -> None:
    found = of(organisation="00D000000000009AAA", environment="sandbox")
    assert found[0].verdict == "bad"
    assert "refreshed sandbox" in found[0].remedy


@pytest.mark.parametrize(
    ("edition", "verdict"),
    [
        ("Enterprise Edition", "good"),
        ("Developer Edition", "good"),
        ("Professional Edition", "look"),
        ("Group Edition", "bad"),
        ("Essentials Edition", "bad"),
    ],
)
def test_an_edition_without_an_api_is_said_before_anything_fails(edition: str, verdict: str) -> None:
    assert [finding.verdict for finding in of(edition) if finding.topic == "edition"] == [verdict]


def field(name: str, length: int = 255, **more: Any) -> dict[str, Any]:
    return {"name": name, "length": length, "type": "string", "updateable": True, "nillable": True, **more}


def test_fields_that_are_too_short_or_otherwise_than_standard_are_named() -> None:
    columns = {"Name": 255, "AccountNumber": 20, "Phone": 40, "Fax": 40, "Website": 255, "Email__c": 80}
    shown = {"fields": [*(field(name, length) for name, length in columns.items()), field("Xero_Contact_Id__c", 18)]}
    texts = {f.text: f.verdict for f in checkup.fields(shown, "Account", CUSTOMER)}
    assert verdict(texts, "Xero_Contact_Id__c holds 18 characters") == "bad"
    assert verdict(texts, "AccountNumber (20, in Xero 50)") == "look"
    assert verdict(texts, "no field Tax_Number__c") == "bad"
    other = [f.text for f in checkup.shape(shown, CUSTOMER)]
    assert other == ["AccountNumber holds 20 characters here; the standard is 40."]


def test_a_scope_that_is_missing_is_named_with_its_purpose() -> None:
    found = {f.text: f.verdict for f in xero_checkup.scopes("offline_access accounting.settings")}
    assert verdict(found, "accounting.contacts is missing") == "bad"
    assert verdict(found, "accounting.settings.read is given") == "good"
    assert [f.verdict for f in xero_checkup.scopes("")] == ["look"]


def test_pages_that_are_smaller_than_asked_for_are_told() -> None:
    assert xero_checkup.paging({"pagination": {"pageSize": 100}, "Contacts": []}).verdict == "look"
    assert xero_checkup.quota(Meter(remaining_day=0)).verdict == "bad"
    assert xero_checkup.quota(Meter()).verdict == "look"


def test_a_date_is_read_as_a_day() -> None:
    locks = list(xero_checkup.locks({"EndOfYearLockDate": "/Date(1711843200000+0000)/"}))
    assert "31 March 2024" in locks[0].text
    assert datetime.fromtimestamp(1711843200, UTC).day == 31
