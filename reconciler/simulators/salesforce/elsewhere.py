"""Services beside the REST API that this organisation does not have, each refused as the vendor refuses it.

Bulk 2.0, the older asynchronous API and SOAP are closed to the user; SOAP sign-in is gone from the newest versions and
switched off in the others.
"""

from __future__ import annotations

import re

from flask import Blueprint, Response, request

from reconciler.simulators.salesforce import wire
from reconciler.simulators.salesforce.errors import ApiError
from reconciler.simulators.salesforce.metadata import OLDEST_VERSION
from reconciler.simulators.salesforce.oauth import bearer
from reconciler.simulators.salesforce.twin import NEWEST_VERSION, SalesforceTwin

VERBS = ["GET", "POST", "PATCH", "PUT", "DELETE"]
SOAP_SIGN_IN_GONE = 65.0
_SIGN_IN = re.compile(rb"<(\w+:)?login[\s/>]")
_FAULT = (
    '<?xml version="1.0" encoding="UTF-8"?><soapenv:Envelope xmlns:soapenv="http://schemas.xmlsoap.org/soap/envelope/" '
    'xmlns:sf="urn:fault.partner.soap.sforce.com"><soapenv:Body><soapenv:Fault><faultcode>sf:{code}</faultcode>'
    "<faultstring>{code}: {message}</faultstring><detail><sf:ApiFault><sf:exceptionCode>{code}</sf:exceptionCode>"
    "<sf:exceptionMessage>{message}</sf:exceptionMessage></sf:ApiFault></detail></soapenv:Fault></soapenv:Body>"
    "</soapenv:Envelope>"
)


def add_bulk_refusal(blueprint: Blueprint) -> None:
    """Of Bulk 2.0, behind the same door as every data call."""
    wire.route(blueprint, " ".join(VERBS), "/jobs/<path:_rest>", no_bulk)


def no_bulk(**_asked: str) -> Response:
    message = "The REST API is not enabled for this Organization."
    raise ApiError("API_DISABLED_FOR_ORG", message, status=403)


def elsewhere(twin: SalesforceTwin) -> Blueprint:
    blueprint = Blueprint("elsewhere", __name__)

    @blueprint.route("/services/async/<version>/<path:_rest>", methods=VERBS)
    def bulk(**_asked: str) -> Response:
        """Expired sessions are a 400 here (simple-salesforce #272)."""
        token = request.headers.get("X-SFDC-Session", "") or bearer(request.headers.get("Authorization", ""))
        if twin.tokens.session(token) is None:
            return wire.answer({"exceptionCode": "InvalidSessionId", "exceptionMessage": "Invalid session id"}, 400)
        return wire.answer({"exceptionCode": "FeatureNotEnabled", "exceptionMessage": "Async API not enabled"}, 400)

    @blueprint.post("/services/Soap/<_kind>/<version>")
    @blueprint.post("/services/Soap/<_kind>/<version>/<path:_rest>")
    def soap(_kind: str, version: str, _rest: str = "") -> Response:
        return _fault(*_soap_refusal(version, signs_in=_SIGN_IN.search(request.get_data()) is not None))

    return blueprint


def _soap_refusal(version: str, *, signs_in: bool) -> tuple[str, str]:
    try:
        number = float(version)
    except ValueError:
        number = 0.0
    if not float(OLDEST_VERSION) <= number <= float(NEWEST_VERSION):
        return "UNSUPPORTED_API_VERSION", f"Unsupported API version: {version if number else 'none'}"
    if not signs_in:
        return "API_DISABLED_FOR_ORG", "API is not enabled for this Organization or Partner"
    if number >= SOAP_SIGN_IN_GONE:
        return "UNSUPPORTED_API_VERSION", "SOAP API login() is not supported in this version"
    return "INSUFFICIENT_ACCESS", "SOAP API login() is disabled by default in this organization"


def _fault(code: str, message: str) -> Response:
    text = _FAULT.format(code=code, message=message)
    return Response(text, status=500, content_type="text/xml; charset=UTF-8")
