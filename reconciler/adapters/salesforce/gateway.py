"""Salesforce behind the port: reads, conditional updates, creates by key.  Says what happened; decides nothing."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import datetime
from functools import cached_property
from typing import Any

from simple_salesforce.api import Salesforce
from simple_salesforce.exceptions import SalesforceError

from reconciler.adapters.auth import Credentials, MemoryTokenStore, TokenSource
from reconciler.adapters.grants import TokenEndpoint, grant
from reconciler.adapters.origin import salesforce_origin
from reconciler.adapters.pins import SalesforcePin
from reconciler.adapters.salesforce import answers, bodies, checkup, histories, soql
from reconciler.adapters.salesforce.dialect import SalesforceDialect
from reconciler.adapters.salesforce.fields import missing
from reconciler.adapters.salesforce.problems import NotShown, explained
from reconciler.adapters.salesforce.session import sdk
from reconciler.adapters.throttle import Budget, MemoryBudget
from reconciler.adapters.transport import Exchange, no_data
from reconciler.core.history import Line
from reconciler.core.model import Record, Side
from reconciler.core.schema import KindRule, Rules
from reconciler.errors import Denied, ReconcilerError, Unavailable, Usage
from reconciler.mapping.limits import Shapes, described
from reconciler.mapping.salesforce import PARTNER, soql_fields, to_record
from reconciler.ports import Answer, Batch, Clock, Finding, Identity, Meter, Outcome, Page, Write
from reconciler.settings import Settings
from reconciler.tokens import TokenStore

THINGS = {"customer": "Account"}


def gateway(  # noqa: PLR0913 - everything it needs is handed to it
    url: str,
    credentials: Credentials,
    rules: Rules,
    settings: Settings,
    clock: Clock,
    *,
    user_id: str = "",
    organisation_id: str = "",
    store: TokenStore | None = None,
    budget: Budget | None = None,
) -> SalesforceGateway:
    """A gateway to the organisation at `url`; raises `Usage` for an address that is not Salesforce's."""
    origin = salesforce_origin(url)
    timeout = (settings.connect_timeout, settings.read_timeout)
    endpoint = TokenEndpoint(
        Side.SALESFORCE, f"{origin}/services/oauth2/token", credentials, clock=clock, timeout=timeout
    )
    pin = SalesforcePin(organisation_id) if organisation_id else None
    given = grant(endpoint, f"{origin}/services/oauth2/introspect")
    exchange = Exchange(
        Side.SALESFORCE,
        tokens=TokenSource(given, store or MemoryTokenStore(), clock, pin),
        budget=budget or MemoryBudget(clock),
        clock=clock,
        dialect=SalesforceDialect(),
    )
    version = settings.salesforce_api_version
    client = sdk(origin, exchange, version=version, timeout=timeout)
    return SalesforceGateway(client, exchange, rules, version=version, user_id=user_id)


class SalesforceGateway:
    """One Salesforce organisation.  Serves one thread at a time."""

    side = Side.SALESFORCE
    batch_size = bodies.UPDATES_AT_ONCE
    create_size = bodies.CREATES_AT_ONCE

    def __init__(
        self, client: Salesforce, exchange: Exchange, rules: Rules, *, version: str, user_id: str = ""
    ) -> None:
        self._client, self._exchange, self._rules = client, exchange, rules
        self._version, self._known_user = version, user_id

    @property
    def meter(self) -> Meter:
        """What has been spent since it was made."""
        return self._exchange.meter

    def identify(self) -> Identity:
        """Organisation and user; two calls."""
        organisation = self._one("SELECT Id, Name, OrganizationType, IsSandbox, InstanceName FROM Organization")
        user = self._one(soql.by_ids(("Id", "Name", "Username"), "User", [self._user_id]))
        return Identity(
            organisation_id=str(organisation["Id"]),
            name=str(organisation["Name"]),
            environment="sandbox" if organisation.get("IsSandbox") else "live",
            user=str(user.get("Name") or ""),
            user_id=str(user["Id"]),
            edition=str(organisation.get("OrganizationType") or ""),
            facts={"instance": str(organisation.get("InstanceName") or ""), "login": str(user.get("Username") or "")},
        )

    def missing_fields(self, kind: str) -> Sequence[str]:
        """What describe lacks of the rules; one call."""
        thing, rule = self._kind(kind)
        answer = self._call(lambda: self._client.restful(f"sobjects/{thing}/describe"))
        return missing(answer, thing, rule)

    def shapes(self, kind: str) -> Shapes:
        """What the organisation says its columns hold; one call."""
        thing, _ = self._kind(kind)
        answer: Mapping[str, Any] = self._call(lambda: self._client.restful(f"sobjects/{thing}/describe"))
        return described(answer)

    def examine(self, kind: str) -> Iterator[Finding]:
        """Look the organisation over; about eight calls."""
        thing, rule = self._kind(kind)

        def ask(path: str, **options: Any) -> Any:
            return self._call(lambda: self._client.restful(path, **options))

        def query(question: str) -> Any:
            return self._call(lambda: self._client.query(question))

        return checkup.examine(checkup.Line(ask, query, self._status), thing, rule)

    def _status(self, path: str, headers: Mapping[str, str]) -> int:
        try:
            self._client.restful(path, headers=dict(headers))
        except SalesforceError as error:
            return int(error.status)
        return 200

    def changes(self, kind: str, since: datetime | None, position: str = "") -> Iterator[Page]:
        """Pages by (SystemModstamp, Id); one call when there is little."""
        thing, rule = self._kind(kind)
        columns = soql_fields(rule)
        question = _behind(columns, thing, position) if position else soql.changed(columns, thing, since)
        while question:
            answer = self._query(question)
            rows = [to_record(row, rule) for row in answer["records"]]
            position = f"{rows[-1].changed_at.isoformat()} {rows[-1].ref.id}" if rows else ""
            yield Page(rows, self._exchange.last.read_at, position)
            question = "" if answer["done"] or not rows else _behind(columns, thing, position)

    def read(self, kind: str, ids: Sequence[str]) -> Page:
        """Records by id, recycle bin included."""
        thing, rule = self._kind(kind)
        found: list[Record] = []
        read_at: datetime | None = None
        for question in soql.chunks(soql_fields(rule), thing, ids):
            found += self._all(question, rule)
            read_at = read_at or self._exchange.last.read_at
        return Page(found, read_at or self._exchange.now())

    def find_partner(self, kind: str, partner: str) -> Sequence[Record]:
        """The accounts that carry this contact's id."""
        thing, rule = self._kind(kind)
        return self._all(soql.by_key(soql_fields(rule), thing, PARTNER, partner), rule)

    def history(self, kind: str, ids: Sequence[str], since: datetime) -> Sequence[Line]:
        """Field history, of the fields that an administrator has ticked; one call for each 20 records."""
        thing, rule = self._kind(kind)
        rows: list[Any] = []
        for question in histories.questions(thing, ids, since):
            try:
                rows += self._rows(question)
            except NotShown:  # the organisation keeps no history of this object, or hides it from us
                return []
        return histories.lines(rows, thing, rule)

    def prepare(self, kind: str, do: str, writes: Sequence[Write]) -> Batch:
        """The request's bytes; nothing is sent."""
        thing, rule = self._kind(kind)
        _check(do, writes)
        if do == "update":
            body, parts = bodies.update(thing, rule, writes, self._version)
        else:
            body, parts = bodies.create(thing, rule, writes)
        return Batch(side=self.side, kind=kind, do=do, writes=tuple(writes), body=body, parts=parts)

    def send(self, batch: Batch) -> Answer:
        """Send once; a second call reads back only what the first could not."""
        return self._update(batch) if batch.do == "update" else self._create(batch)

    def _update(self, batch: Batch) -> Answer:
        _, rule = self._kind(batch.kind)
        answer = self._write("composite", "POST", batch.body)
        sent = answers.Sent(self._user_id, self._exchange.last)
        if not answers.tells_all(answer, len(batch.writes)):
            raise _unclear("the answer does not fit what was sent")
        shown = answers.read_back(answer, rule)
        if shown is None:
            ids = [write.id for index, write in enumerate(batch.writes) if answers.accepted(answer, index)]
            shown = self._read_written(batch.kind, ids)
        return Answer(
            [
                answers.update_outcome(answer, index, shown.get(write.id), sent, rule)
                for index, write in enumerate(batch.writes)
            ],
            sent.answered.read_at,
        )

    def _create(self, batch: Batch) -> Answer:
        thing, rule = self._kind(batch.kind)
        rows = self._write(f"composite/sobjects/{thing}/{PARTNER}", "PATCH", batch.body)
        sent = answers.Sent(self._user_id, self._exchange.last)
        if not isinstance(rows, list) or len(rows) != len(batch.writes):
            raise _unclear("the answer does not fit what was sent")
        shown = self._read_written(batch.kind, [str(row["id"]) for row in rows if row.get("success")])
        outcomes: list[Outcome] = [answers.create_outcome(row, shown, sent, rule) for row in rows]
        return Answer(outcomes, sent.answered.read_at)

    def _read_written(self, kind: str, ids: Sequence[str]) -> dict[str, Record]:
        """Read what was just written; if that fails, what became of the writes is unknown to the caller."""
        try:
            return {record.ref.id: record for record in self.read(kind, ids).records}
        except ReconcilerError as error:
            raise _unclear(str(error)) from error

    def _all(self, question: str, rule: KindRule) -> list[Record]:
        """Every row of a query by key or id; a hundred ids never fill a page, but the vendor may cut one short."""
        return [to_record(row, rule) for row in self._rows(question)]

    def _rows(self, question: str) -> list[Any]:
        answer = self._query(question)
        rows = list(answer["records"])
        while not answer["done"]:
            answer = self._more(answer["nextRecordsUrl"])
            rows += answer["records"]
        return rows

    def _one(self, question: str) -> dict[str, Any]:
        rows = _listed(self._call(lambda: self._client.query(question)))["records"]
        if not rows:
            raise Denied(
                "Salesforce does not show us our own organisation or user.",
                remedy="Give the integration user the right to view setup.",
                side=self.side,
            )
        return dict(rows[0])

    def _query(self, question: str) -> Any:
        return _listed(self._call(lambda: self._client.query(question, include_deleted=True)))

    def _more(self, address: str) -> Any:
        return _listed(self._call(lambda: self._client.query_more(address, identifier_is_url=True)))

    def _write(self, path: str, method: str, body: bytes) -> Any:
        return self._call(lambda: self._client.restful(path, method=method, data=body), write=True)

    def _call(self, ask: Callable[[], Any], *, write: bool = False) -> Any:
        try:
            return ask()
        except SalesforceError as error:
            raise explained(error, write=write) from None
        except ValueError:
            raise no_data(Side.SALESFORCE, write=write) from None

    @cached_property
    def _user_id(self) -> str:
        """Whom our writes are made by: kept from connecting, or from the identity that comes with the token."""
        if self._known_user:
            return self._known_user
        return self._exchange.tokens.get().identity.rsplit("/", 1)[-1]

    def _kind(self, kind: str) -> tuple[str, KindRule]:
        if kind not in THINGS or kind not in self._rules.kinds:
            raise Usage(f"The rules share no records of the kind {kind!r} with Salesforce.")
        return THINGS[kind], self._rules.kinds[kind]


def _listed(answer: Any) -> Any:
    """An answer to a query; anything else is no answer, and above all not an empty one."""
    if not isinstance(answer, Mapping) or not isinstance(answer.get("records"), list) or "done" not in answer:
        raise no_data(Side.SALESFORCE, write=False)
    return answer


def _behind(columns: Sequence[str], thing: str, position: str) -> str:
    stamp, _, last_id = position.partition(" ")
    return soql.changed_after(columns, thing, datetime.fromisoformat(stamp), last_id)


def _check(do: str, writes: Sequence[Write]) -> None:
    most = bodies.UPDATES_AT_ONCE if do == "update" else bodies.CREATES_AT_ONCE
    if not 0 < len(writes) <= most:
        raise ValueError(f"a request takes 1 to {most} writes, not {len(writes)}")
    if any(bool(write.id) is (do == "create") for write in writes):
        raise ValueError("an update needs the record's id and a create has none")
    if do == "create" and not all(write.partner for write in writes):
        raise ValueError("a create needs its partner's id: it is the key that keeps a second try from making a twin")


def _unclear(why: str) -> Unavailable:
    return Unavailable(
        f"Salesforce does not show what it wrote: {why}",
        remedy="What became of the last request is found out by reading.",
        side=Side.SALESFORCE,
        sent=True,
    )
