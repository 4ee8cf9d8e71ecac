"""Conditional requests on rows: ETags, and stamps in whole seconds.

Stamps compare LastModifiedDate, so two edits in one second cannot be told apart by them.  ETags exist for Account only.
Deletes are never conditional; a header that cannot be read is refused on a write and passed over on a read.
"""

from __future__ import annotations

import base64
import hashlib
import re
from datetime import datetime
from email.utils import format_datetime, parsedate_to_datetime

from werkzeug.datastructures import Headers

from reconciler.simulators.salesforce.errors import ApiError
from reconciler.simulators.salesforce.schema import SObject
from reconciler.simulators.salesforce.values import Record

TAGGED = "Account"
_TAG = r'\s*(?:W/)?"[^"]*"\s*'
_TAGS = re.compile(rf"\s*\*\s*|{_TAG}(?:,{_TAG})*")


def etag(record: Record) -> str:
    """A hash of everything in the record."""
    text = "\x1f".join(f"{key}={value}" for key, value in sorted(record.items()))
    return f'"{base64.b64encode(hashlib.sha1(text.encode(), usedforsecurity=False).digest()).decode()}-gzip"'


def validators(sobject: SObject, record: Record) -> dict[str, str]:
    tag = {"ETag": etag(record)} if sobject.name == TAGGED else {}
    return {"Last-Modified": format_datetime(record["LastModifiedDate"], usegmt=True), **tag}


def check_readable(headers: Headers) -> None:
    """Refuse a write whose conditions cannot be read, whether or not there is a record they could be about (400)."""
    for name in ("If-Unmodified-Since", "If-Modified-Since"):
        _moment(headers, name)
    for name in ("If-Match", "If-None-Match"):
        if name in headers and not _TAGS.fullmatch(headers[name]):
            raise _unreadable(name, headers[name])


def check_write(headers: Headers, sobject: SObject, record: Record) -> None:
    """Refuse a write whose conditions do not hold (412)."""
    check_readable(headers)
    if sobject.name == TAGGED:
        tag, wanted, unwanted = etag(record), headers.get("If-Match"), headers.get("If-None-Match")
        if (wanted and not _names(wanted, tag)) or (unwanted and _names(unwanted, tag)):
            raise _failed()
    modified = record["LastModifiedDate"]
    before = _moment(headers, "If-Unmodified-Since")
    since = _moment(headers, "If-Modified-Since")
    if (before is not None and modified > before) or (since is not None and modified <= since):
        raise _failed()


def is_unchanged(headers: Headers, sobject: SObject, record: Record) -> bool:
    """A read may be answered with 304; an If-Match or If-Unmodified-Since that fails is a 412 on reads too."""
    try:
        before, since = _moment(headers, "If-Unmodified-Since"), _moment(headers, "If-Modified-Since")
    except ApiError:
        before = since = None
    tag = etag(record) if sobject.name == TAGGED else ""
    if tag and headers.get("If-Match") and not _names(headers["If-Match"], tag):
        raise _failed()
    if before is not None and record["LastModifiedDate"] > before:
        raise _failed()
    if tag and headers.get("If-None-Match"):
        return _names(headers["If-None-Match"], tag)
    return since is not None and record["LastModifiedDate"] <= since


def schema_unchanged(headers: Headers, changed: datetime) -> bool:
    """Of describe, which takes stamps too, and of which an If-Unmodified-Since that fails is a 412."""
    try:
        before, since = _moment(headers, "If-Unmodified-Since"), _moment(headers, "If-Modified-Since")
    except ApiError:
        return False
    changed = changed.replace(microsecond=0)
    if before is not None and changed > before:
        raise _failed()
    return since is not None and changed <= since


def _moment(headers: Headers, name: str) -> datetime | None:
    text = headers.get(name)
    if text is None:
        return None
    try:
        moment = parsedate_to_datetime(text)
    except (ValueError, OverflowError):
        moment = None
    if moment is None or moment.tzinfo is None:
        raise _unreadable(name, text)
    return moment


def _unreadable(name: str, text: str) -> ApiError:
    # The status is documented, the code is not.
    return ApiError("INVALID_HEADER", f"Invalid value in header {name}: {text}")


def _names(header: str, tag: str) -> bool:
    return header.strip() == "*" or tag in (each.strip().removeprefix("W/") for each in header.split(","))


def _failed() -> ApiError:
    # The status is documented, the code is not.
    return ApiError("PRECONDITION_FAILED", "The precondition of a conditional request header was not met", status=412)
