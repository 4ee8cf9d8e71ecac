"""Xero behind the port: reads, creates by our number, updates by id.  Says what happened; decides nothing."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from reconciler.adapters.auth import Credentials, MemoryTokenStore, TokenSource
from reconciler.adapters.grants import TokenEndpoint, grant
from reconciler.adapters.origin import xero_places
from reconciler.adapters.pins import XeroPin
from reconciler.adapters.throttle import Budget, MemoryBudget
from reconciler.adapters.transport import Exchange, Reply, no_data
from reconciler.adapters.xero import answers, bodies, checkup, histories, tenancy
from reconciler.adapters.xero.client import Xero, parsed
from reconciler.adapters.xero.dialect import XeroDialect
from reconciler.adapters.xero.problems import elements_of, explained, too_large
from reconciler.core.history import Line
from reconciler.core.model import Record, Side
from reconciler.core.schema import KindRule, Rules
from reconciler.errors import Organisation, Several, Usage
from reconciler.mapping.xero import to_record
from reconciler.ports import Answer, Batch, Clock, Finding, Identity, Meter, Moved, Outcome, Page, Write
from reconciler.settings import Settings
from reconciler.tokens import TokenStore

PAGE = 1000
IDS_AT_ONCE = 40  # from about 52 ids the address is too long, which Xero answers with 404
ID = re.compile(r"[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}", re.ASCII)


def gateway(
    url: str,
    credentials: Credentials,
    rules: Rules,
    settings: Settings,
    clock: Clock,
    *,
    organisation_id: str = "",
    store: TokenStore | None = None,
    budget: Budget | None = None,
) -> XeroGateway:
    """A gateway to the organisation connected at `url`; raises `Usage` for an address that is not Xero's."""
    places = xero_places(url)
    timeout = (settings.connect_timeout, settings.read_timeout)
    endpoint = TokenEndpoint(Side.XERO, f"{places.identity}/connect/token", credentials, clock=clock, timeout=timeout)
    pin = XeroPin(organisation_id, places.api, timeout) if organisation_id else None
    exchange = Exchange(
        Side.XERO,
        tokens=TokenSource(grant(endpoint), store or MemoryTokenStore(), clock, pin),
        budget=budget or MemoryBudget(clock),
        clock=clock,
        dialect=XeroDialect(),
    )
    return XeroGateway(Xero(places, exchange, timeout), exchange, rules, organisation_id=organisation_id)


class XeroGateway:
    """One Xero organisation.  Serves one thread at a time."""

    side = Side.XERO
    batch_size = bodies.AT_ONCE
    create_size = bodies.AT_ONCE

    def __init__(self, client: Xero, exchange: Exchange, rules: Rules, *, organisation_id: str = "") -> None:
        self._client, self._exchange, self._rules, self._tenant = client, exchange, rules, organisation_id

    @property
    def meter(self) -> Meter:
        """What has been spent since it was made."""
        return self._exchange.meter

    def identify(self) -> Identity:
        """The organisation; one call.  Checks that a configured organisation is really connected.

        Raises `Several`, after a call for each of them, when none was configured and there is more than one.
        """
        listed = _json(self._client.connections())
        event = tenancy.consent_event(self._exchange.tokens.get().access)
        try:
            self._tenant = tenancy.choose(listed, self._tenant, event)
        except Several as several:
            raise Several(tuple(map(self._looked_up, several.organisations))) from None
        shown = self._shown(self._tenant)
        named = {
            "short_code": "ShortCode",
            "country": "CountryCode",
            "currency": "BaseCurrency",
            "timezone": "Timezone",
        }
        locks = {"period_lock": "PeriodLockDate", "year_end_lock": "EndOfYearLockDate"}
        return Identity(
            organisation_id=self._tenant,
            name=str(shown["Name"]),
            environment=_environment(shown),
            edition=str(shown.get("Edition") or shown.get("Class") or ""),
            facts={key: str(shown[name]) for key, name in (named | locks).items() if shown.get(name)},
        )

    def _looked_up(self, one: Organisation) -> Organisation:
        """With its environment, which the list of connections does not tell."""
        return replace(one, environment=_environment(self._shown(one.id)))

    def _shown(self, tenant: str) -> Mapping[str, Any]:
        found: Mapping[str, Any] = _json(self._client.organisations(tenant))["Organisations"][0]
        return found

    def missing_fields(self, kind: str) -> Sequence[str]:
        """Xero's fields are always there; a contact group that the rules name may not be."""
        group = self._kind(kind).opt_in.group if self._kind(kind).opt_in.xero == "group" else ""
        if not group:
            return []
        shown = _json(self._client.groups(self.tenant))["ContactGroups"]
        active = {one.get("Name") for one in shown if one.get("Status", "ACTIVE") == "ACTIVE"}
        return [] if group in active else [f"Xero has no contact group named {group}."]

    def examine(self, kind: str) -> Iterator[Finding]:
        """Look the organisation over; about five calls."""

        def contacts(**wanted: Any) -> Any:
            return _json(self._client.contacts(self.tenant, **wanted))

        shown = self._shown(self.tenant)
        scope = self._exchange.tokens.get().scope
        return checkup.examine(contacts, shown, self.missing_fields(kind), scope, self.meter)

    def changes(self, kind: str, since: datetime | None, position: str = "") -> Iterator[Page]:
        """Pages in the order of ContactID: a set of what changed since only grows, so rows repeat, none is skipped.

        Balances come with everything only: they move no stamp, so a delta would show those of a few.
        """
        rule, page = self._kind(kind), int(position or 1)
        last = page
        wanted: dict[str, Any] = {"order": "ContactID", "page_size": PAGE}
        if since is not None:
            wanted["if_modified_since"] = _header_time(since)
        while page <= last:
            answer = _listed(self._client.contacts(self.tenant, page=page, **wanted))
            last, page = _pages(answer), page + 1
            rows = [to_record(one, rule, balances=since is None) for one in answer["Contacts"]]
            yield Page(rows, self._exchange.last.read_at, str(page))

    def read(self, kind: str, ids: Sequence[str]) -> Page:
        """Records by id, archived ones included."""
        rule = self._kind(kind)
        known = [record_id for record_id in dict.fromkeys(ids) if ID.fullmatch(record_id)]
        found: list[Record] = []
        read_at: datetime | None = None
        for start in range(0, len(known), IDS_AT_ONCE):
            some = known[start : start + IDS_AT_ONCE]
            answer = _listed(self._client.contacts(self.tenant, i_ds=some, page_size=PAGE))
            found += [to_record(one, rule, balances=False) for one in answer["Contacts"]]
            read_at = read_at or self._exchange.last.read_at
        return Page(found, read_at or self._exchange.now())

    def find_partner(self, kind: str, partner: str) -> Sequence[Record]:
        """The contacts that carry this account's id.  Where Xero compares loosely, we do not.

        Beyond 100,000 documents Xero may filter by few fields only, and the number is not among them: it is searched.
        """
        where = 'ContactNumber=="{}"'.format(partner.replace('"', '""'))
        reply = self._client.contacts(self.tenant, where=where, page_size=PAGE)
        if too_large(reply):
            reply = self._client.contacts(self.tenant, search_term=partner, page_size=PAGE)
        answer = _listed(reply)
        found = [to_record(one, self._kind(kind), balances=False) for one in answer["Contacts"]]
        return [record for record in found if record.partner.lower() == partner.lower()]

    def history(self, kind: str, ids: Sequence[str], since: datetime) -> Sequence[Line]:
        """History and notes; one call per contact."""
        self._kind(kind)
        found: list[Line] = []
        for record_id in dict.fromkeys(ids):
            reply = self._client.history(self.tenant, record_id) if ID.fullmatch(record_id) else None
            if reply is not None and reply.status != 404:
                found += histories.lines(_json(reply), record_id, since)
        return found

    def prepare(self, kind: str, do: str, writes: Sequence[Write]) -> Batch:
        """The request's bytes; nothing is sent."""
        _check(do, writes)
        body, parts = bodies.contacts(self._kind(kind), writes)
        key = bodies.batch_key(writes)
        return Batch(side=self.side, kind=kind, do=do, writes=tuple(writes), body=body, parts=parts, key=key)

    def send(self, batch: Batch) -> Answer:
        """Send once.  A create refused for its number may be our own earlier try: `find_partner` tells."""
        call = self._client.create if batch.do == "create" else self._client.update
        reply = call(self.tenant, batch.body, bodies.idempotency_key(self.tenant, batch.key))
        read_at = self._exchange.last.read_at
        if reply.status == 404 and batch.do == "update":
            return Answer(self._without_vanished(batch), read_at)
        found = answers.matched(elements_of(reply), batch.writes)
        if any(element is None for element in found):
            raise explained(reply, write=True)
        rule = self._kind(batch.kind)
        outcomes: list[Outcome] = [
            answers.outcome(element, write, rule)
            for element, write in zip(found, batch.writes, strict=True)
            if element is not None
        ]
        return Answer(outcomes, read_at)

    def _without_vanished(self, batch: Batch) -> list[Outcome]:
        """One unknown id has the whole request refused with nothing carried out: tell whose it is."""
        known = {record.ref.id.lower() for record in self.read(batch.kind, [w.id for w in batch.writes]).records}
        return [answers.TRY_AGAIN if write.id.lower() in known else Moved() for write in batch.writes]

    @property
    def tenant(self) -> str:
        """The organisation asked; the list of connections is read only when none was configured."""
        if not self._tenant:
            self._tenant = tenancy.choose(_json(self._client.connections()))
        return self._tenant

    def _kind(self, kind: str) -> KindRule:
        if kind != "customer" or kind not in self._rules.kinds:
            raise Usage(f"The rules share no records of the kind {kind!r} with Xero.")
        return self._rules.kinds[kind]


def _environment(shown: Mapping[str, Any]) -> str:
    return "demo" if shown.get("IsDemoCompany") else "live"


def _json(reply: Reply) -> Any:
    if reply.status != 200:
        raise explained(reply, write=False)
    try:
        return parsed(reply)
    except ValueError:
        raise no_data(Side.XERO, write=False) from None


def _listed(reply: Reply) -> Any:
    """An answer that lists contacts; anything else is no answer, and above all not an empty one."""
    answer = _json(reply)
    if not isinstance(answer, Mapping) or not isinstance(answer.get("Contacts"), list):
        raise no_data(Side.XERO, write=False)
    return answer


def _pages(answer: Mapping[str, Any]) -> int:
    """How many there are; without it nobody would know that there are more."""
    try:
        return int(answer["pagination"]["pageCount"])
    except (KeyError, TypeError, ValueError):
        raise no_data(Side.XERO, write=False) from None


def _header_time(moment: datetime) -> datetime:
    """If-Modified-Since as Xero reads it: UTC without a zone, to the second; other forms return everything."""
    return moment.astimezone(UTC).replace(tzinfo=None, microsecond=0)


def _check(do: str, writes: Sequence[Write]) -> None:
    if not 0 < len(writes) <= bodies.AT_ONCE:
        raise ValueError(f"a request takes 1 to {bodies.AT_ONCE} writes, not {len(writes)}")
    if any(bool(write.id) is (do == "create") for write in writes):
        raise ValueError("an update needs the contact's id, or it overwrites a namesake; a create has none")
    if do == "create" and not all(write.partner for write in writes):
        raise ValueError("a create needs its partner's id: it is the number that keeps a second try from making a twin")
