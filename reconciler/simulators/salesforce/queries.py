"""Routes that find records: query, queryAll and their pages, and the lists of updated and deleted ids."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import datetime, timedelta
from functools import partial

from flask import Blueprint, Response, g, request

from reconciler.simulators.salesforce import wire
from reconciler.simulators.salesforce.cursors import ById
from reconciler.simulators.salesforce.errors import ApiError
from reconciler.simulators.salesforce.org import BIN_LIFE
from reconciler.simulators.salesforce.soql.answer import Frame, Row, Show, rows
from reconciler.simulators.salesforce.soql.binder import Binder
from reconciler.simulators.salesforce.soql.groups import aggregate, is_aggregate, is_count
from reconciler.simulators.salesforce.soql.nesting import check_nesting
from reconciler.simulators.salesforce.soql.parser import parse
from reconciler.simulators.salesforce.soql.scopes import within_scope
from reconciler.simulators.salesforce.soql.search import search
from reconciler.simulators.salesforce.soql.tree import Query
from reconciler.simulators.salesforce.twin import SalesforceTwin
from reconciler.simulators.salesforce.values import Record, read_moment, show_moment

ALL_FIELDS_SINCE = 51.0
"""Before this version nobody knows FIELDS()."""
LARGEST_PAGE, SMALLEST_PAGE = 2000, 200
CHILDREN_PAGE = 199
"""Related records of one record; 499 (simple-salesforce #311) and 199 (jsforce #1752) have been met."""
UPDATED_KEPT, DELETED_KEPT = timedelta(days=30), BIN_LIFE


def add_queries(blueprint: Blueprint, twin: SalesforceTwin) -> None:
    routes = Queries(twin)
    wire.route(blueprint, "GET", "/query", routes.query)
    wire.route(blueprint, "GET", "/queryAll", routes.query_all)
    wire.route(blueprint, "GET", "/query/<locator>", routes.more)
    wire.route(blueprint, "GET", "/queryAll/<locator>", routes.more)
    wire.route(blueprint, "GET", "/sobjects/<name>/updated", routes.updated)
    wire.route(blueprint, "GET", "/sobjects/<name>/deleted", routes.deleted)


class Queries:
    """Runs queries under the organisation's lock, and pages through what they found."""

    def __init__(self, twin: SalesforceTwin) -> None:
        self._twin, self._org = twin, twin.org

    def query(self, version: str) -> Response:
        return self._run(version, gone=False)

    def query_all(self, version: str) -> Response:
        return self._run(version, gone=True)

    def _run(self, version: str, *, gone: bool) -> Response:
        return self.answer(version, request.args.get("q"), gone=gone)

    def answer(self, version: str, text: str | None, *, gone: bool = False) -> Response:
        if text is None:
            raise ApiError("MALFORMED_QUERY", "A query string has to be specified")
        if not text.strip():
            raise ApiError("MALFORMED_QUERY", "SOQL statements cannot be empty or null")
        with self._org.lock:
            query = parse(text.strip(), all_fields=float(version) >= ALL_FIELDS_SINCE)
            check_nesting(query, float(version))
            query = within_scope(query, self._bound(query).sobject, g.user)
            binder = self._bound(query)
            table = self._org.tables[binder.sobject.name]
            if is_count(query):
                return wire.answer(
                    {"totalSize": len(search(query, binder, table, gone=gone)), "done": True, "records": []}
                )
            if is_aggregate(query):
                groups = aggregate(query, binder, table, gone=gone)
                return wire.answer({"totalSize": len(groups), "done": True, "records": groups})
            frame = Frame(self._org.tables, version, self._bound, self._children)
            found = search(query, binder, table, gone=gone)
            again = partial(self._by_id, query, frame, gone=gone)
            return wire.answer(self._first_page(version, found, _page_size(), rows(query, frame), again))

    def _bound(self, query: Query) -> Binder:
        """To what the caller may see just now."""
        return Binder(query, self._org.visible, self._org.tables, self._org.clock.now())

    def _children(self, query: Query, frame: Frame, found: list[Record], show: Show) -> Row:
        again = partial(self._by_id, query, frame, gone=False)
        return self._first_page(frame.version, found, CHILDREN_PAGE, show, again, inner=True)

    def _first_page(
        self,
        version: str,
        found: list[Record],
        size: int,
        show: Show,
        again: Callable[[], ById],
        *,
        inner: bool = False,
    ) -> Row:
        page = [show(record) for record in found[:size]]
        body = {"totalSize": len(found), "done": len(found) <= size, "records": page}
        if len(found) > size:
            ids = [record["Id"] for record in found]
            locator = self._twin.cursors.open(g.user, ids, again, size, inner=inner)
            body["nextRecordsUrl"] = f"/services/data/v{version}/query/{locator}-{size}"
        return body

    def _by_id(self, query: Query, frame: Frame, *, gone: bool) -> ById:
        table, show = self._org.tables[self._bound(query).sobject.name], rows(query, frame)

        def shown(key: str) -> Row | None:
            record = table.get(key)
            return None if record is None or (record.get("IsDeleted") and not gone) else show(record)

        return shown

    def more(self, version: str, locator: str) -> Response:
        key, _, place = locator.rpartition("-")
        if not re.fullmatch(r"[0-9]{1,9}", place):
            raise ApiError("INVALID_QUERY_LOCATOR", "invalid query locator")
        cursor, start = self._twin.cursors.find(g.user, key), int(place)
        if start >= len(cursor.ids):
            raise ApiError("INVALID_QUERY_LOCATOR", "invalid query locator")
        end = start + cursor.batch
        with self._org.lock:
            show = cursor.show()
            page = [row for each in cursor.ids[start:end] if (row := show(each)) is not None]
        body = {"totalSize": len(cursor.ids), "done": end >= len(cursor.ids), "records": page}
        if end < len(cursor.ids):
            body["nextRecordsUrl"] = f"/services/data/v{version}/query/{key}-{end}"
        return wire.answer(body)

    def updated(self, version: str, name: str) -> Response:
        start, end = self._span(UPDATED_KEPT)
        with self._org.lock:
            changed = self._changed(name, start, end)
            ids = [record["Id"] for record in changed if not record.get("IsDeleted")]
            return wire.answer({"ids": ids, "latestDateCovered": show_moment(self._covered(end))})

    def deleted(self, version: str, name: str) -> Response:
        start, end = self._span(DELETED_KEPT)
        with self._org.lock:
            gone = [
                {"id": record["Id"], "deletedDate": show_moment(record["SystemModstamp"])}
                for record in self._changed(name, start, end)
                if record.get("IsDeleted")
            ]
            earliest = max(self._org.clock.now() - DELETED_KEPT, self._org.bin_emptied)
            return wire.answer({
                "deletedRecords": gone, "earliestDateAvailable": show_moment(earliest),
                "latestDateCovered": show_moment(self._covered(end)),
            })  # fmt: skip

    def _span(self, kept: timedelta) -> tuple[datetime, datetime]:
        """Start and end with their seconds cut off, more than a minute apart, and within what is kept."""
        start, end = (_asked_moment(name).replace(second=0, microsecond=0) for name in ("start", "end"))
        if end - start <= timedelta(minutes=1):
            message = "endDate must be at least one minute greater than startDate"
            raise ApiError("INVALID_REPLICATION_DATE", message)
        if start < self._org.clock.now() - kept:
            message = f"startDate before org replication enabled date or more than {kept.days} days ago"
            raise ApiError("INVALID_REPLICATION_DATE", message)
        return start, end

    def _changed(self, name: str, start: datetime, end: datetime) -> list[Record]:
        sobject = self._org.sobject(name)
        if not sobject.stamped:
            raise ApiError("INVALID_TYPE_FOR_OPERATION", f"entity type {sobject.name} is not replicateable")
        table = self._org.tables[sobject.name]
        return [record for record in table.by_stamp(start) if record["SystemModstamp"] < end]

    def _covered(self, end: datetime) -> datetime:
        """Held back to the beginning of the oldest commit that nobody can see yet."""
        oldest = self._twin.later.oldest()
        return min(end, self._org.clock.now()) if oldest is None else min(end, oldest)


def _page_size() -> int:
    """The batch size asked for is a hint between 200 and 2,000."""
    asked = re.search(r"batchSize=(\d{1,9})", request.headers.get("Sforce-Query-Options", ""))
    return min(LARGEST_PAGE, max(SMALLEST_PAGE, int(asked.group(1)))) if asked else LARGEST_PAGE


def _asked_moment(name: str) -> datetime:
    text = request.args.get(name, "")
    try:
        return read_moment(text)
    except (ValueError, OverflowError) as error:
        raise ApiError("INVALID_REPLICATION_DATE", f"{name} is not a valid date-time: {text}") from error
