"""What the two invented organisations hold, as pure data in each vendor's own words.

Both twins call this with the same (scenario, records, seed) and get worlds that agree on every id, number and cross
reference. It keeps no state, reads no clock and serves nothing: the twins load what it yields.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Any

from reconciler.simulators.scenarios import shapes
from reconciler.simulators.scenarios.cast import GROUPS, SCENARIOS, entries
from reconciler.simulators.scenarios.edits import demo_edits
from reconciler.simulators.scenarios.identity import Draw, guid, salesforce_id, with_checksum
from reconciler.simulators.scenarios.people import INTEGRATION, users

Record = dict[str, Any]

DEFAULT_RECORDS = {"empty": 0, "demo": 300, "synced": 100, "unlinked": 100}

__all__ = [
    "DEFAULT_RECORDS",
    "INTEGRATION",
    "SCENARIOS",
    "accounts",
    "contacts",
    "demo_edits",
    "groups",
    "organisation",
    "salesforce_id",
    "salesforce_organization",
    "users",
    "with_checksum",
]


def accounts(scenario: str, records: int, seed: int, now: datetime) -> Iterator[Record]:
    """Salesforce accounts; stamps are aware datetimes in whole seconds, 1 to 400 days before `now`."""
    owners = [user["Id"] for user in users(seed) if user["Name"] != INTEGRATION]
    for entry in entries(scenario, records, seed):
        if entry.salesforce is not None:
            owner = Draw("owner", seed, entry.index).pick(owners)
            yield shapes.account(scenario, seed, entry, entry.salesforce, now, owner)


def contacts(scenario: str, records: int, seed: int, now: datetime) -> Iterator[Record]:
    """Xero contacts; `UpdatedDateUTC` is an aware datetime in milliseconds, 1 to 400 days before `now`."""
    for entry in entries(scenario, records, seed):
        if entry.xero is not None:
            yield shapes.contact(scenario, seed, entry, entry.xero, now)


def groups(scenario: str, seed: int) -> list[Record]:
    """Xero contact groups; only the demonstration has any."""
    if scenario != "demo":
        return []
    return [{"ContactGroupID": shapes.group_id(seed, name), "Name": name, "Status": "ACTIVE"} for name in GROUPS]


def organisation(seed: int) -> Record:
    """The Xero organisation. Its id is the tenant id that /connections shows."""
    return {
        "OrganisationID": guid("organisation", seed),
        "Name": "Driftwood & Daughters Trading",
        "LegalName": "Driftwood & Daughters Trading Limited",
        "PaysTax": True,
        "Version": "NZ",
        "OrganisationType": "COMPANY",
        "BaseCurrency": "NZD",
        "CountryCode": "NZ",
        "IsDemoCompany": False,
        "OrganisationStatus": "ACTIVE",
        "FinancialYearEndDay": 31,
        "FinancialYearEndMonth": 3,
        "SalesTaxBasis": "PAYMENTS",
        "DefaultSalesTax": "Tax Exclusive",
        "DefaultPurchasesTax": "Tax Inclusive",
        "OrganisationEntityType": "COMPANY",
        "Timezone": "NEWZEALANDSTANDARDTIME",
        "ShortCode": f"!{salesforce_id('', 'short code', seed)[:5]}",
        "Class": "PREMIUM",
        "Edition": "BUSINESS",
    }


def salesforce_organization(seed: int) -> Record:
    return {
        "Id": salesforce_id("00D", "organization", seed),
        "Name": "Driftwood & Daughters Trading",
        "OrganizationType": "Enterprise Edition",
        "InstanceName": "SIM1",
        "IsSandbox": False,
        "NamespacePrefix": None,
        "DefaultLocaleSidKey": "en_NZ",
        "LanguageLocaleKey": "en_US",
        "TimeZoneSidKey": "Pacific/Auckland",
    }
