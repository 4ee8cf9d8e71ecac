"""Where a record is to be found in its own system's screens."""

from __future__ import annotations

from urllib.parse import quote, urlsplit

from reconciler.queries.connections import SideView

SCREENS = {"salesforce": "{url}/{ref}", "xero": "https://go.xero.com/Contacts/View/{ref}"}
# Xero's guide "Deep link to Xero"; without the code it opens the organisation that was open last.
OF_SEVERAL = "https://go.xero.com/organisationlogin/default.aspx?shortcode={code}&redirecturl=/Contacts/View/{ref}"
SIMULATED = {"salesforce": "{url}/window/account/{ref}", "xero": "{url}/window/contact/{ref}"}
HERE = {"localhost", "127.0.0.1", "::1"}


def address(of: SideView, ref: str) -> str:
    """The address of one record; on this machine it is a simulator's."""
    screens = SIMULATED if urlsplit(of.url).hostname in HERE else SCREENS
    screen = OF_SEVERAL if of.short_code and screens is SCREENS else screens[of.side]
    return screen.format(url=of.url.rstrip("/"), ref=quote(ref, safe=""), code=quote(of.short_code, safe="!"))
