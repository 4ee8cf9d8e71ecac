"""What every call of the Accounting API passes before its own work, in the vendor's order.

Maintenance, token, organisation, scope, size, limits, idempotency.  The work is then done under the twin's lock, and
its answer kept if the call carried an Idempotency-Key.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any, TypeVar
from urllib.parse import unquote_to_bytes

from flask import Response, request
from werkzeug.wrappers import Response as Answered

from reconciler.simulators.xero import answers, xml, xml_answers
from reconciler.simulators.xero.answers import Problem
from reconciler.simulators.xero.company import Company
from reconciler.simulators.xero.front import AS_SENT, IN_FLIGHT
from reconciler.simulators.xero.idempotency import LONGEST_KEY, Answer, OtherRequest, fingerprint
from reconciler.simulators.xero.rules import Unreadable
from reconciler.simulators.xero.tokens import Access
from reconciler.simulators.xero.twin import XeroTwin

Work = Callable[[Company], Response]
AnswerT = TypeVar("AnswerT", bound=Answered)

LARGEST_BODY = 10 * 1024 * 1024
LONGEST_QUERY = 2048
"""Characters of a query string, whatever is asked in it: Xero-NetStandard #471."""
WRITES = ("POST", "PUT", "PATCH")
NEVER_ARRIVED = (401, 403, 413, 429, 502, 503, 504)
"""Answers from in front of the application: they are kept under no key and are not counted."""
OTHER_KINDS = ("image/", "multipart/", "application/pdf")


class Guard:
    """The gatekeeper of one twin: call it with a scope and the work to be let through to."""

    def __init__(self, twin: XeroTwin) -> None:
        self._twin = twin

    def __call__(self, scope: str, work: Work) -> Response:
        """Let a call through to `work` on the organisation it names, if it may use `accounting.<scope>`.

        Without a scope everybody with a token is let through: that is for addresses where nothing is.
        """
        with self._twin.lock:
            try:
                company = self._admit(scope)
                headers = self._meter(company)
            except Problem as problem:
                return problem.answer
            answer = self._once(lambda: _worked(work, company))
            answer.headers.update(headers)
            return _spoken(answer)

    def _admit(self, scope: str) -> Company:
        if self._twin.current.offline:
            raise Problem(answers.offline(self._twin.current.offline))
        access, company = self._known()
        reading = request.method in ("GET", "HEAD")
        wanted = {f"accounting.{scope}"} | ({f"accounting.{scope}.read"} if reading else set())
        if scope and not wanted & set(access.scope):
            raise Problem(answers.scope_missing())
        if (request.content_length or 0) > LARGEST_BODY:
            raise Problem(Response("Request Entity Too Large", status=413, content_type="text/html"))
        if len(request.query_string) > LONGEST_QUERY:
            raise Problem(answers.not_found())
        return company

    def _known(self) -> tuple[Access, Company]:
        """Whom the token stands for, and the organisation that the call names."""
        access = bearer(self._twin)
        tenant = request.headers.get("xero-tenant-id", "").strip().lower()
        company = _spoken_to(self._twin, access, tenant)
        if company is None or not company.connected or not self._twin.current.api_enabled:
            raise Problem(answers.denied(403, "AuthenticationUnsuccessful"))
        return access, company

    def _meter(self, company: Company) -> dict[str, str]:
        in_flight = int(request.environ.get(IN_FLIGHT, 1))
        verdict = company.quota.ask(self._twin.current, self._twin.clock.now(), in_flight)
        if verdict.problem:
            answer = answers.too_many(verdict.problem, verdict.retry_after)
            answer.headers.update(verdict.headers)
            raise Problem(answer)
        return verdict.headers

    def _once(self, worked: Callable[[], Response]) -> Response:
        """A replayed key costs quota but does no work."""
        key, now = _key(), self._twin.clock.now()
        if not key:
            return worked()
        if len(key) > LONGEST_KEY:
            message = f"Idempotency Key: {key} has {len(key)} characters, and must not exceed {LONGEST_KEY}."
            return answers.refused(10, "ValidationException", message)
        same = _fingerprint()
        try:
            kept = self._twin.kept.answer(key, same, now)
        except OtherRequest:
            message = f"Idempotency Key: {key} is used with a different request."
            return answers.refused(10, "ValidationException", message)
        if kept is None:
            answer = worked()
            self._twin.kept.keep(key, same, now, _told(answer))
            return answer
        if not kept.content_type:
            return answers.bare(kept.status)
        return Response(kept.body, status=kept.status, content_type=kept.content_type)

    def faulted(self, answer: Answered) -> Answered:
        """An answer that a fault decided, as if the work had come to it: counted, measured, and kept under its key."""
        with self._twin.lock:
            try:
                _, company = self._known()
            except Problem:
                return answer
            now, arrived = self._twin.clock.now(), answer.status_code not in NEVER_ARRIVED
            if arrived:
                headers = company.quota.ask(self._twin.current, now, 1).headers
            else:
                headers = company.quota.left(self._twin.current, now) if answer.status_code == 429 else {}
            if answer.headers.get("X-Rate-Limit-Problem") == "day":
                headers = {name: value for name, value in headers.items() if name != "X-DayLimit-Remaining"}
            for name, value in headers.items():
                answer.headers.setdefault(name, value)
            if arrived and _key():
                self._twin.kept.keep(_key(), _fingerprint(), now, _told(answer))
            return _spoken(answer)


def _key() -> str:
    """The Idempotency-Key of a write; it means nothing with any other call."""
    return request.headers.get("Idempotency-Key", "") if request.method in WRITES else ""


def _fingerprint() -> bytes:
    """Of the request as it was sent, letter by letter."""
    address = request.environ[AS_SENT].encode() + b"?" + request.query_string
    return fingerprint(request.method, address, request.headers.get("xero-tenant-id", ""), request.get_data())


def _spoken(answer: AnswerT) -> AnswerT:
    """As the caller would have it."""
    if xml_answers.wanted(request):
        xml_answers.translate(answer)
    return answer


def _told(answer: Answered) -> Answer:
    return Answer(answer.status_code, answer.content_type or "", answer.get_data())


def bearer(twin: XeroTwin) -> Access:
    """The live access token of this request; `Problem` with the vendor's 401 for any other."""
    kind, _, token = request.headers.get("Authorization", "").partition(" ")
    access = twin.tokens.find(token.strip()) if kind.lower() == "bearer" else None
    if access is None:
        raise Problem(answers.denied(401, "AuthenticationUnsuccessful"))
    if twin.clock.now() >= access.expires:
        expired = access.expires.strftime("%m/%d/%Y %H:%M:%S")
        raise Problem(answers.denied(401, f"TokenExpired: token expired at {expired}"))
    return access


def body() -> Any:
    """What a write carries, in JSON or XML, or in XML as a form's field of that name, as pyxero sends it.

    `Problem` with a 400 for what cannot be read, and with a 415 for another kind.
    """
    kind, sent = request.mimetype, request.get_data()
    if kind in ("application/xml", "text/xml"):
        return _from_xml(sent)
    if kind == "application/x-www-form-urlencoded" and sent.startswith(b"xml="):
        return _from_xml(unquote_to_bytes(sent.removeprefix(b"xml=").replace(b"+", b" ")))
    if kind.startswith(OTHER_KINDS):
        raise Problem(Response("Unsupported Media Type", status=415, content_type="text/html"))
    try:
        posted = json.loads(sent, parse_constant=_no_number)
        json.dumps(posted, ensure_ascii=False).encode()  # half a surrogate pair can be escaped, but not sent back
    except (ValueError, RecursionError) as error:
        raise Problem(answers.unreadable("JSON for post data was invalid")) from error
    return posted


def _from_xml(sent: bytes) -> Any:
    try:
        return xml.read(sent)
    except xml.Unrecognised as error:
        raise Problem(answers.unreadable(str(error))) from error
    except xml.NotXml as error:
        raise Problem(answers.unreadable("XML for post data was invalid")) from error


def _no_number(name: str) -> None:
    """NaN and Infinity are Python's, not JSON's."""
    raise ValueError(name)


def _spoken_to(twin: XeroTwin, access: Access, tenant: str) -> Company | None:
    """The organisation of the header.  A custom connection belongs to a single one, and need not name it."""
    companies = list(twin.companies.values())
    if access.only is not None:
        companies = companies[access.only : access.only + 1]
    named = (one for one in companies if tenant == one.id or (not tenant and access.only is not None))
    return next(named, None)


def _worked(work: Work, company: Company) -> Response:
    try:
        return work(company)
    except Problem as problem:
        return problem.answer
    except Unreadable as unreadable:
        return answers.unreadable(str(unreadable))
