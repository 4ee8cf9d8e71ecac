"""How an answer that a fault decided looks once it has come through the vendor's doors.

A fault speaks before the work begins, but the caller must not be able to tell: the answer says what remains of the
limits, is given again to whoever repeats its Idempotency-Key, and an empty list is one of what was asked for.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from flask import Flask, request
from werkzeug.wrappers import Response

from reconciler.simulators.kit.fault import Effect
from reconciler.simulators.kit.gate import Dress
from reconciler.simulators.xero import answers
from reconciler.simulators.xero.front import API
from reconciler.simulators.xero.guard import Guard
from reconciler.simulators.xero.listing import page_asked_for, paged
from reconciler.simulators.xero.twin import XeroTwin

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIEnvironment

_LISTS = {"ContactGroups": "ContactGroups", "History": "HistoryRecords", "Organisation": "Organisations",
          "Actions": "Actions"}  # fmt: skip
_AS_THE_VENDOR_WRITES = {"application/json;charset=UTF-8": answers.JSON, "text/plain": answers.TEXT}
"""Kinds of answers, where the fault names none itself."""


def dress(app: Flask, twin: XeroTwin, guard: Guard) -> Dress:
    def dressed(environ: WSGIEnvironment, effect: Effect, answer: Response) -> Response:
        if "Content-Type" in answer.headers and "content-type" not in map(str.lower, effect.headers):
            kind = answer.headers["Content-Type"]
            answer.headers["Content-Type"] = _AS_THE_VENDOR_WRITES.get(kind, kind)
        if not environ["PATH_INFO"].startswith(f"{API}/"):
            return answer
        with app.request_context(environ):
            if effect.switch == "empty_answer":
                answer.set_data(_empty(twin))
            return guard.faulted(answer)

    return dressed


def _empty(twin: XeroTwin) -> bytes:
    """No entries of the kind that the address names; only contacts come in pages."""
    key = _LISTS.get(request.path.rpartition("/")[2], "Contacts")
    _, pagination = paged((), page_asked_for(request.args) if key == "Contacts" else None)
    return answers.envelope(twin.clock.now(), key, [], pagination).get_data()
