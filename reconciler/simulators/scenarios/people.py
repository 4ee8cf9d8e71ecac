"""The people who work in both organisations, and the account the reconciler signs in with."""

from __future__ import annotations

from reconciler.simulators.scenarios.identity import salesforce_id

INTEGRATION = "Concord Integration"

STAFF = (
    "Hana Tuiasau",
    "Oliver Brackenridge",
    "Meera Sundarajan",
    "Tomás Ó Fearghail",
    "Grace Whatarangi",
    "Pieter van Aalst",
)


def users(seed: int) -> list[dict[str, str]]:
    """Salesforce users; the same names are the persons who edit in Xero."""
    return [
        {
            "Id": salesforce_id("005", "user", seed, name),
            "Name": name,
            "Username": f"user{place}@driftwood.example",
            "Email": f"user{place}@driftwood.example",
        }
        for place, name in enumerate((INTEGRATION, *STAFF))
    ]
