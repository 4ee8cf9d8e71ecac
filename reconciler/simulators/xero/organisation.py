"""Routes of /Organisation: who it is, and what the signed-in app may do there."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, Response

from reconciler.simulators.xero import answers
from reconciler.simulators.xero.company import Company
from reconciler.simulators.xero.front import API
from reconciler.simulators.xero.guard import Guard

ALLOWED = (
    "CreateApprovedInvoice", "CreateDraftInvoice", "CreateApprovedBill", "CreateDraftBill", "CreateInvoicePayment",
    "CreateApprovedPurchaseOrder", "CreateDraftPurchaseOrder", "CreateSentQuote", "CreateDraftQuote",
    "AttachFilesIntoInvoice", "UseMulticurrency",
)  # fmt: skip
DENIED = ("CreateRepeatingInvoice", "CreateRepeatingBill")
"""An app without the matching scope is told so here, before it tries."""


def routes(guard: Guard) -> Blueprint:
    blueprint = Blueprint("organisation", __name__, url_prefix=API)

    @blueprint.get("/Organisation")
    def organisation() -> Response:
        return guard("settings", lambda company: _answer(company, "Organisations", [company.shown()]))

    @blueprint.get("/Organisation/Actions")
    def actions() -> Response:
        listed = [{"Name": name, "Status": "ALLOWED"} for name in ALLOWED]
        listed += [{"Name": name, "Status": "NOT-ALLOWED"} for name in DENIED]
        return guard("settings", lambda company: _answer(company, "Actions", listed))

    return blueprint


def _answer(company: Company, key: str, items: list[dict[str, Any]]) -> Response:
    return answers.envelope(company.clock.now(), key, items)
