"""Who is signed in, as the identity URL and the user info endpoint show a person: two sets of names for one thing.

Addresses that lead to other services are told as the vendor tells them, whether or not those are simulated.
"""

from __future__ import annotations

import hashlib
from typing import Any

from reconciler.simulators.kit.signing import signed, url64
from reconciler.simulators.salesforce.tokens import Issued
from reconciler.simulators.salesforce.twin import NEWEST_VERSION
from reconciler.simulators.salesforce.values import Record, plain

ID_LIFE = 120
_SOAP = {"enterprise": "c", "metadata": "m", "partner": "u", "tooling_soap": "T"}
_REST = {
    "rest": "", "sobjects": "sobjects/", "search": "search/", "query": "query/", "recent": "recent/",
    "tooling_rest": "tooling/", "feeds": "chatter/feeds", "groups": "chatter/groups", "users": "chatter/users",
    "feed_items": "chatter/feed-items", "feed_elements": "chatter/feed-elements",
}  # fmt: skip
_ADDRESS = ("street", "city", "state", "country", "zip")


def as_identity(base: str, organization: str, user: Record, version: str, *, asserted: bool) -> dict[str, Any]:
    """In the vendor's own names; `version` is what stands in the addresses, or `latest`."""
    return {
        "id": identity_url(base, organization, user["Id"]), "asserted_user": asserted,
        **_of_both(base, organization, user, version),
        "username": user["Username"], "nick_name": _nickname(user), "display_name": user["Name"],
        "first_name": user["FirstName"], "last_name": user["LastName"], "timezone": user["TimeZoneSidKey"],
        **{f"addr_{part}": None for part in _ADDRESS}, "mobile_phone": None, "mobile_phone_verified": False,
        "is_lightning_login_user": False, "status": {"created_date": None, "body": None},
        "last_modified_date": plain(user["LastModifiedDate"]),
    }  # fmt: skip


def as_claims(base: str, organization: str, user: Record) -> dict[str, Any]:
    """In the names of OpenID Connect."""
    both = _of_both(base, organization, user, "")
    return {
        "sub": identity_url(base, organization, user["Id"]), **both,
        "preferred_username": user["Username"], "nickname": _nickname(user), "name": user["Name"],
        "given_name": user["FirstName"], "family_name": user["LastName"], "zoneinfo": user["TimeZoneSidKey"],
        "profile": both["urls"]["profile"], "picture": both["photos"]["picture"], "address": {},
        "is_salesforce_integration_user": False, "updated_at": plain(user["LastModifiedDate"]),
    }  # fmt: skip


def id_token(base: str, identity: str, issued: Issued) -> str:
    """Proof of who signed in, for two minutes, with the nonce of the sign-in it answers."""
    now = int(issued.issued.timestamp())
    half = hashlib.sha256(issued.access.encode()).digest()[:16]
    said = {"nonce": issued.nonce} if issued.nonce else {}
    return signed({
        "iss": base, "sub": identity, "aud": issued.client, "iat": now, "exp": now + ID_LIFE,
        "at_hash": url64(half), **said,
    })  # fmt: skip


def identity_url(base: str, organization: str, user: str) -> str:
    return f"{base}/id/{organization}/{user}"


def _of_both(base: str, organization: str, user: Record, version: str) -> dict[str, Any]:
    photo = f"{base}/profilephoto/005"
    return {
        "user_id": user["Id"], "organization_id": organization, "email": user["Email"],
        "email_verified": True, "active": True, "user_type": "STANDARD", "language": "en_US", "locale": "en_US",
        "utcOffset": 0, "photos": {"picture": f"{photo}/F", "thumbnail": f"{photo}/T"},
        "urls": _urls(base, organization, user, NEWEST_VERSION if version == "latest" else version or "{version}"),
    }  # fmt: skip


def _urls(base: str, organization: str, user: Record, version: str) -> dict[str, str]:
    soap = {name: f"{base}/services/Soap/{kind}/{version}/{organization[:15]}" for name, kind in _SOAP.items()}
    rest = {name: f"{base}/services/data/v{version}/{path}" for name, path in _REST.items()}
    return {**soap, **rest, "profile": f"{base}/{user['Id']}"}


def _nickname(user: Record) -> str:
    return str(user["Username"]).partition("@")[0]
