"""xero_python's client, sending through our own transport.

By itself the SDK sleeps for hours on Retry-After, sends a PUT again after a time-out (and so creates twice), has no
timeout, shares one configuration and one token between all clients of a process, and throws a whole page away for one
unknown word in it.  Here it makes the addresses, the headers and the parameters; the exchange signs, sends and judges,
and answers come back raw.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import urlencode, urlsplit

import requests
import urllib3
from requests.utils import select_proxy
from xero_python.accounting import AccountingApi
from xero_python.api_client import ApiClient
from xero_python.api_client.configuration import Configuration
from xero_python.api_client.oauth2 import OAuth2Token
from xero_python.identity import IdentityApi
from xero_python.rest import RESTClientObject

from reconciler.adapters.origin import XeroPlaces, is_loopback
from reconciler.adapters.transport import Exchange, Reply
from reconciler.tokens import Token

READS = {"GET", "HEAD"}
UNCOUNTED = "/connections"  # the list of organisations costs none of an organisation's calls


class Transport(RESTClientObject):  # type: ignore[misc]  # the SDK has no types
    """Takes the SDK's place at the socket.  Every answer is returned, refusals too: `Reply` says what they are."""

    def __init__(self, configuration: Configuration, exchange: Exchange, timeout: tuple[float, float]) -> None:
        super().__init__(configuration)
        self._exchange = exchange
        self._options = {
            "timeout": urllib3.Timeout(connect=timeout[0], read=timeout[1]),
            "retries": False,
            "redirect": False,
        }

    def request(  # the SDK's own signature
        self,
        method: str,
        url: str,
        query_params: Sequence[tuple[str, Any]] | None = None,
        headers: Mapping[str, str] | None = None,
        body: bytes | None = None,
        post_params: object = None,  # noqa: ARG002
        _preload_content: bool = True,  # noqa: FBT001, FBT002
        _request_timeout: object = None,
    ) -> Reply:
        """Send exactly these bytes, once."""
        address = f"{url}?{urlencode(query_params)}" if query_params else url

        def attempt(token: Token) -> Reply:
            signed = {**(headers or {}), "Authorization": f"Bearer {token.access}"}
            answer = self.pool_manager.request(method, address, body=body, headers=signed, **self._options)
            return Reply(answer.status, answer.headers, answer.data)

        counted = not url.lower().endswith(UNCOUNTED)
        return self._exchange.run(attempt, write=method not in READS, counted=counted)


class Xero:
    """The calls Concord makes, each answering with a `Reply`."""

    def __init__(self, places: XeroPlaces, exchange: Exchange, timeout: tuple[float, float]) -> None:
        configuration = Configuration()  # a copy of the process's only one; its token is replaced by our own
        configuration.proxy, configuration.ssl_ca_cert = _surroundings(places.api)
        configuration.oauth2_token = OAuth2Token(client_id="-", client_secret="-")  # noqa: S106 - none is kept here
        client = ApiClient(configuration, oauth2_token_getter=_unused_token, oauth2_token_saver=_ignore)
        client.rest_client = Transport(configuration, exchange, timeout)
        self.accounting = AccountingApi(client, base_url=f"{places.api}/api.xro/2.0")
        self.identity = IdentityApi(client, base_url=places.api)

    def connections(self) -> Reply:
        return self._raw(self.identity.get_connections)

    def organisations(self, tenant: str) -> Reply:
        return self._raw(self.accounting.get_organisations, tenant)

    def groups(self, tenant: str) -> Reply:
        return self._raw(self.accounting.get_contact_groups, tenant)

    def contacts(self, tenant: str, **wanted: Any) -> Reply:
        """One page.  Always with `page`: without it Xero leaves fields out, and always archived ones too."""
        return self._raw(self.accounting.get_contacts, tenant, include_archived=True, **({"page": 1} | wanted))

    def history(self, tenant: str, contact: str) -> Reply:
        """Everything that Xero tells of one contact, newest first."""
        return self._raw(self.accounting.get_contact_history, tenant, contact)

    def create(self, tenant: str, body: bytes, key: str) -> Reply:
        """PUT, which refuses a contact whose name or number exists."""
        return self._write(self.accounting.create_contacts, tenant, body, key)

    def update(self, tenant: str, body: bytes, key: str) -> Reply:
        """POST; every element must name its ContactID, or it overwrites a namesake."""
        return self._write(self.accounting.update_or_create_contacts, tenant, body, key)

    def _write(self, call: Any, tenant: str, body: bytes, key: str) -> Reply:
        """Without summarizeErrors=false one bad element hides what became of the good ones."""
        named = {"idempotency_key": key} if key else {}
        return self._raw(call, tenant, contacts=body, summarize_errors=False, **named)

    @staticmethod
    def _raw(call: Any, *arguments: Any, **options: Any) -> Reply:
        reply = call(*arguments, _preload_content=False, **options)
        if not isinstance(reply, Reply):
            raise TypeError("the SDK no longer hands the transport's answer through")
        return reply


def parsed(reply: Reply) -> Any:
    """The answer's JSON; raises ValueError when it is none."""
    return json.loads(reply.body)


def _surroundings(url: str) -> tuple[str | None, str | None]:
    """The proxy and the certificates this machine uses, found as requests finds them; neither for this machine."""
    if is_loopback(urlsplit(url).hostname or ""):
        return None, None
    found = requests.Session().merge_environment_settings(url, {}, None, None, None)
    return select_proxy(url, found["proxies"]), found["verify"] if isinstance(found["verify"], str) else None


def _unused_token() -> dict[str, Any]:
    """The SDK insists on a token to build its headers; the exchange puts the real one in its place."""
    return {"access_token": "unused", "scope": [], "expires_in": 1800, "token_type": "Bearer"}


def _ignore(_token: object) -> None:
    return None
