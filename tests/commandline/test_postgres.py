"""The same story on PostgreSQL: several processes may share it."""

from __future__ import annotations

import pytest

from tests.commandline.conftest import Concord

pytestmark = pytest.mark.prove


@pytest.fixture
def on_postgres(concord: Concord, postgres_url: str, monkeypatch: pytest.MonkeyPatch) -> Concord:
    """The command line on a fresh PostgreSQL database."""
    monkeypatch.setenv("CONCORD_DATABASE_URL", postgres_url)
    return concord


def test_the_main_story_holds_on_postgresql(on_postgres: Concord) -> None:
    concord = on_postgres
    concord.settle_in(3)
    accounts = {account["Id"]: account for account in concord.state("salesforce", "Account")}
    first, second, third = accounts
    contacts = {contact["ContactNumber"]: contact["ContactID"] for contact in concord.state("xero", "Contact")}
    concord.edit("salesforce", first, Phone="+64 9 555 0144")
    concord.edit("xero", contacts[second], AccountNumber="PG-2")
    concord.edit("salesforce", third, Name="Left")
    concord.edit("xero", contacts[third], Name="Right")
    report = concord.run()
    assert report["actions"]["update"] == {"salesforce": 1, "xero": 1}
    (conflict,) = concord.json("conflicts", "--connection", "acme")
    assert concord("resolve", str(conflict["id"]), "--take", "xero") == 0
    assert concord.run()["conflicts"]["decided"] == 1
    assert concord.run()["calls"] == {"salesforce": 1, "xero": 1}
    assert {account["Name"] for account in concord.state("salesforce", "Account") if account["Id"] == third} == {
        "Right"
    }
