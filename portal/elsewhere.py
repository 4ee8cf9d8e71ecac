"""Where a record is to be found in its own system's screens."""

from __future__ import annotations

from urllib.parse import quote, urlsplit

SCREENS = {"salesforce": "{url}/{ref}", "xero": "https://go.xero.com/Contacts/View/{ref}"}
SIMULATED = {"salesforce": "{url}/window/account/{ref}", "xero": "{url}/window/contact/{ref}"}
HERE = {"localhost", "127.0.0.1", "::1"}


def address(side: str, url: str, ref: str) -> str:
    """The address of one record; on this machine it is a simulator's."""
    screens = SIMULATED if urlsplit(url).hostname in HERE else SCREENS
    return screens[side].format(url=url.rstrip("/"), ref=quote(ref, safe=""))
