"""Refusals in the vendor's words.  How they look on the wire is the routes' business.

Texts and statuses are from the REST developer guide and from captures in public code; where neither gave one, the
comment says so.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any


class ApiError(Exception):
    """One refusal: HTTP status, errorCode, message and the fields it is about.

    `sent` is the text in the body that it is about, and `others` are refusals of the same save that stand beside it.
    """

    def __init__(
        self,
        code: str,
        message: str,
        fields: Sequence[str] | None = None,
        *,
        status: int = 400,
        more: dict[str, Any] | None = None,
        sent: str | None = None,
        others: Sequence[ApiError] = (),
    ) -> None:
        super().__init__(f"{code}: {message}")
        self.code, self.message, self.status = code, message, status
        self.fields = None if fields is None else list(fields)
        self.more, self.sent, self.others = more or {}, sent, others

    def entry(self) -> dict[str, Any]:
        """As an element of the array that every REST error is."""
        about = {} if self.fields is None else {"fields": self.fields}
        return {**self.more, "message": self.message, "errorCode": self.code, **about}

    def result(self) -> dict[str, Any]:
        """As a row of a collection's answer, where errorCode is called statusCode."""
        return {"success": False, "errors": [each.row() for each in (self, *self.others)]}

    def row(self) -> dict[str, Any]:
        return {"statusCode": self.code, "message": self.message, "fields": self.fields or []}


def no_such_resource() -> ApiError:
    return ApiError("NOT_FOUND", "The requested resource does not exist", status=404)


def no_such_column(name: str, sobject: str) -> ApiError:
    """Unknown and hidden fields cannot be told apart."""
    return ApiError("INVALID_FIELD", f"No such column '{name}' on sobject of type {sobject}")


def read_only(names: Sequence[str]) -> ApiError:
    text = (
        f"Unable to create/update fields: {', '.join(names)}. Please check the security settings of this field and "
        "verify that it is read/write for your profile or permission set."
    )
    return ApiError("INVALID_FIELD_FOR_INSERT_UPDATE", text, names)


class SeveralFound(Exception):
    """An external id that is not unique names several records: a 300 whose body lists their addresses."""

    def __init__(self, addresses: Sequence[str]) -> None:
        super().__init__(f"{len(addresses)} records")
        self.addresses = list(addresses)


def no_such_key_field(name: str) -> ApiError:
    message = f"Provided external ID field does not exist or is not accessible: {name}"
    return ApiError("NOT_FOUND", message, status=404)


def deleted() -> ApiError:
    return ApiError("ENTITY_IS_DELETED", "entity is deleted", [], status=404)


ROW_REFUSALS = {
    "UNABLE_TO_LOCK_ROW": "unable to obtain exclusive access to this record or 1 records: {}",
    "ENTITY_IS_LOCKED": "This record is locked. If you need to edit it, contact your admin.",
    "INSUFFICIENT_ACCESS_OR_READONLY": "insufficient access rights on object id",
    "INSUFFICIENT_ACCESS_ON_CROSS_REFERENCE_ENTITY": "insufficient access rights on cross-reference id: {}",
    "CANNOT_INSERT_UPDATE_ACTIVATE_ENTITY": "AccountTrigger: execution of BeforeUpdate",
    "STORAGE_LIMIT_EXCEEDED": "storage limit exceeded",
    "TXN_SECURITY_METERING_ERROR": "The operation was refused by a transaction security policy",
}
"""What a single record can meet whose fields are all in order; ids in texts have 15 characters."""


def row_refusal(code: str, key: str | None) -> ApiError:
    return ApiError(code, ROW_REFUSALS[code].format((key or "")[:15]), [])


def wrong_json(kind: str, found: str, value: Any, sent: str) -> ApiError:
    text = (
        f"Cannot deserialize instance of {kind} from {found} value {value} or request may be missing a required field"
    )
    return ApiError("JSON_PARSER_ERROR", text, sent=sent)


def no_row() -> ApiError:
    """Of a body that is no object, where one record is expected."""
    text = (
        "Json Deserialization failed on token 'null' and has left off in the middle of parsing a row. "
        "Will go to end of row to begin parsing the next row"
    )
    return ApiError("INVALID_FIELD", text)


def unsupported_object(name: str) -> ApiError:
    text = (
        f"sObject type '{name}' is not supported. If you are attempting to use a custom object, be sure to append the "
        "'__c' after the entity name. Please reference your WSDL or the describe call for the appropriate names."
    )
    return ApiError("INVALID_TYPE", text)
