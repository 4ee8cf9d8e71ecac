"""Who is signed in: the identity URL and the user info endpoint."""

from __future__ import annotations

import base64
import hashlib
from typing import Any
from urllib.parse import parse_qs, urlsplit

import jwt
import pytest

from tests.simulators.salesforce.api import Api

FORM = {"grant_type": "client_credentials", "client_id": "concord", "client_secret": "concord"}


def signed_in(api: Api) -> dict[str, Any]:
    told: dict[str, Any] = api.client.post("/services/oauth2/token", data=FORM).get_json()
    return told


def identity(api: Api, query: str = "") -> dict[str, Any]:
    path = urlsplit(signed_in(api)["id"]).path
    told: dict[str, Any] = api.client.get(path + query, headers=api.headers).get_json()
    return told


def test_the_identity_url_says_who_is_signed_in(api: Api) -> None:
    told = signed_in(api)
    headers = {"Authorization": f"Bearer {told['access_token']}"}
    shown = api.client.get(urlsplit(told["id"]).path, headers=headers).get_json()
    claims = api.client.get("/services/oauth2/userinfo", headers=headers).get_json()
    assert (shown["display_name"], claims["name"]) == ("Concord Integration", "Concord Integration")
    assert (shown["id"], claims["sub"]) == (told["id"], told["id"])
    assert shown["username"] == claims["preferred_username"]
    assert {"sub", "name", "id", "username", "display_name"}.isdisjoint(shown.keys() & claims.keys())
    nobody, wrong = (api.client.get("/services/oauth2/userinfo", headers=each) for each in ({}, {"Authorization": "x"}))
    assert (nobody.status_code, nobody.text, wrong.text) == (403, "Missing_OAuth_Token", "Bad_OAuth_Token")


def test_a_person_comes_with_a_picture_and_the_addresses_of_services(api: Api) -> None:
    claims = api.client.get("/services/oauth2/userinfo", headers=api.headers).get_json()
    for told in (identity(api), claims):
        assert set(told["photos"]) == {"picture", "thumbnail"}
        assert told["urls"]["rest"].endswith("/services/data/v{version}/")
        assert told["urls"]["partner"].endswith(f"/services/Soap/u/{{version}}/{told['organization_id'][:15]}")
    assert claims["picture"] == claims["photos"]["picture"]
    assert (claims["nickname"], claims["profile"]) == (identity(api)["nick_name"], claims["urls"]["profile"])


@pytest.mark.parametrize(
    ("asked", "version"), [("", "{version}"), ("?version=59.0", "59.0"), ("?version=latest", "68.0")]
)
def test_addresses_are_of_the_version_asked_for(api: Api, asked: str, version: str) -> None:
    assert identity(api, asked)["urls"]["sobjects"].endswith(f"/services/data/v{version}/sobjects/")


def test_the_token_may_stand_in_the_query(api: Api) -> None:
    told = signed_in(api)
    for path in (urlsplit(told["id"]).path, "/services/oauth2/userinfo"):
        assert api.client.get(path, query_string={"oauth_token": told["access_token"]}).status_code == 200
        assert api.client.get(path, query_string={"oauth_token": "nonsense"}).text == "Bad_OAuth_Token"


def test_colleagues_are_shown_to_a_session_that_may_call_the_api(api: Api) -> None:
    api.person("create", fields={"Name": "Acme"})
    (colleague,) = api.found("SELECT Id, Name FROM User WHERE Name = 'Hana Tuiasau'")
    _, organization, _ = urlsplit(signed_in(api)["id"]).path.strip("/").split("/")
    told = api.client.get(f"/id/{organization[:15]}/{colleague['Id'][:15]}", headers=api.headers).get_json()
    assert (told["display_name"], told["asserted_user"]) == ("Hana Tuiasau", False)
    for path in (f"/id/00D000000000000EAA/{colleague['Id']}", f"/id/{organization}/005000000000000AAA"):
        assert api.client.get(path, headers=api.headers).status_code == 403


class TestTheIdToken:
    """Proof of who signed in, as OpenID Connect has it."""

    def told(self, api: Api, scope: str, **more: str) -> dict[str, Any]:
        asked = {"client_id": "concord", "redirect_uri": "http://localhost/", "scope": scope, **more}
        consent = api.client.post("/services/oauth2/authorize", data={**asked, "user": "Hana", "decision": "allow"})
        (code,) = parse_qs(urlsplit(consent.location).query)["code"]
        form = {**FORM, "grant_type": "authorization_code", "code": code, "redirect_uri": "http://localhost/"}
        told: dict[str, Any] = api.client.post("/services/oauth2/token", data=form).get_json()
        return told

    def claims(self, api: Api, token: str) -> dict[str, Any]:
        keys = jwt.PyJWKSet.from_dict(api.client.get("/id/keys").get_json())
        key = keys[jwt.get_unverified_header(token)["kid"]]
        told: dict[str, Any] = jwt.decode(
            token, key, algorithms=["RS256"], audience="concord", options={"verify_exp": False, "verify_iat": False}
        )
        return told

    def test_it_says_who_for_whom_and_for_how_long(self, api: Api) -> None:
        told = self.told(api, "openid api refresh_token", nonce="n1")
        claims = self.claims(api, told["id_token"])
        assert (claims["sub"], claims["nonce"], claims["exp"] - claims["iat"]) == (told["id"], "n1", 120)
        discovered = api.client.get("/.well-known/openid-configuration").get_json()
        assert claims["iss"] == discovered["issuer"]
        digest = hashlib.sha256(told["access_token"].encode()).digest()
        assert claims["at_hash"] == base64.urlsafe_b64encode(digest[:16]).rstrip(b"=").decode()

    def test_a_refresh_proves_it_anew_without_the_nonce(self, api: Api) -> None:
        told = self.told(api, "openid refresh_token", nonce="n1")
        form = {**FORM, "grant_type": "refresh_token", "refresh_token": told["refresh_token"]}
        again = api.client.post("/services/oauth2/token", data=form).get_json()
        assert "nonce" not in self.claims(api, again["id_token"])

    def test_who_did_not_ask_for_it_gets_none(self, api: Api) -> None:
        assert "id_token" not in self.told(api, "api refresh_token")
