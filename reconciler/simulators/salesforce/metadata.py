"""Routes about the organisation rather than its records: versions, describe, limits."""

from __future__ import annotations

from email.utils import format_datetime
from typing import Any

from flask import Blueprint, Response, g, request

from reconciler.simulators.salesforce import describe, wire
from reconciler.simulators.salesforce.conditions import schema_unchanged
from reconciler.simulators.salesforce.twin import NEWEST_VERSION, SalesforceTwin

OLDEST_VERSION = "31.0"
_SEASONS = ("Spring", "Summer", "Winter")
_UNSPENT = {
    "ConcurrentAsyncGetReportInstances": 200, "ConcurrentSyncReportRuns": 20, "DailyAsyncApexExecutions": 250_000,
    "DailyBulkApiBatches": 15_000, "DailyBulkV2QueryFileStorageMB": 976_562, "DailyBulkV2QueryJobs": 10_000,
    "DailyDurableGenericStreamingApiEvents": 10_000, "DailyDurableStreamingApiEvents": 10_000,
    "DailyGenericStreamingApiEvents": 10_000, "DailyStreamingApiEvents": 10_000, "DailyWorkflowEmails": 1_000,
    "DataStorageMB": 10_240, "DurableStreamingApiConcurrentClients": 20, "FileStorageMB": 10_240,
    "HourlyAsyncReportRuns": 1_200, "HourlyDashboardRefreshes": 200, "HourlyDashboardResults": 5_000,
    "HourlyDashboardStatuses": 999_999_999, "HourlyODataCallout": 20_000, "HourlySyncReportRuns": 500,
    "HourlyTimeBasedWorkflow": 1_000, "MassEmail": 5_000, "PermissionSets": 1_500, "SingleEmail": 5_000,
    "StreamingApiConcurrentClients": 20,
}  # fmt: skip
"""What the vendor limits besides calls, and nobody spends here."""
_RESOURCES = ("sobjects", "query", "queryAll", "composite", "limits")


def versions() -> list[dict[str, str]]:
    """Three releases a year; 68.0 is Winter '27."""
    found = []
    for number in range(int(float(OLDEST_VERSION)), int(float(NEWEST_VERSION)) + 1):
        years, season = divmod(number - 66, 3)
        label = f"{_SEASONS[season]} '{26 + years + (season == 2)}"
        found.append({"label": label, "url": f"/services/data/v{number}.0", "version": f"{number}.0"})
    return found


SUPPORTED = frozenset(each["version"] for each in versions())


def add_metadata(blueprint: Blueprint, twin: SalesforceTwin) -> None:
    routes = Metadata(twin)
    wire.route(blueprint, "GET", "", routes.resources)
    wire.route(blueprint, "GET", "/sobjects", routes.all_objects)
    wire.route(blueprint, "GET", "/sobjects/<name>", routes.one_object)
    wire.route(blueprint, "GET", "/sobjects/<name>/describe", routes.whole_object)
    wire.route(blueprint, "GET", "/limits", routes.limits)
    wire.route(blueprint, "GET", "/limits/recordCount", routes.record_count)


class Metadata:
    """Shows the schema as the caller may see it."""

    def __init__(self, twin: SalesforceTwin) -> None:
        self._twin = twin

    def resources(self, version: str) -> Response:
        base = f"/services/data/v{version}"
        identity = f"{request.host_url}id/{self._twin.org.organization['Id']}/{g.user}"
        return wire.answer({**{name: f"{base}/{name}" for name in _RESOURCES}, "identity": identity})

    def all_objects(self, version: str) -> Response:
        found = [describe.outline(each, version) for each in self._twin.org.visible.values()]
        return self._conditional({"encoding": "UTF-8", "maxBatchSize": 200, "sobjects": found})

    def one_object(self, version: str, name: str) -> Response:
        sobject = self._twin.org.sobject(name)
        return wire.answer({"objectDescribe": describe.outline(sobject, version), "recentItems": []})

    def whole_object(self, version: str, name: str) -> Response:
        return self._conditional(describe.whole(self._twin.org.sobject(name), version))

    def _conditional(self, body: dict[str, Any]) -> Response:
        changed = self._twin.org.schema_changed
        headers = {"Last-Modified": format_datetime(changed, usegmt=True), "ETag": f'"{int(changed.timestamp()):x}"'}
        if schema_unchanged(request.headers, changed):
            return wire.unchanged(headers)
        return wire.answer(body, 200, headers)

    def limits(self, version: str) -> Response:
        most = self._twin.org.settings.day_limit
        calls = {"Max": most, "Remaining": max(0, most - self._twin.quota.used)}
        unspent = {name: {"Max": limit, "Remaining": limit} for name, limit in _UNSPENT.items()}
        sets = {**unspent["PermissionSets"], "CreateCustom": {"Max": 1_000, "Remaining": 1_000}}
        return wire.answer(dict(sorted({**unspent, "PermissionSets": sets, "DailyApiRequests": calls}.items())))

    def record_count(self, version: str) -> Response:
        asked = [name.strip().lower() for name in request.args.get("sObjects", "").split(",") if name.strip()]
        counts = {
            name: sum(not row.get("IsDeleted") for row in table.all())
            for name, table in self._twin.org.tables.items()
            if not asked or name.lower() in asked
        }
        return wire.answer({"sObjects": [{"count": n, "name": name} for name, n in counts.items() if n]})
