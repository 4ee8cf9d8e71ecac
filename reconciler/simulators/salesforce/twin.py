"""The Salesforce organisation as the kit's `Twin`: everything but HTTP, in one object."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import timedelta
from typing import Any

from reconciler.simulators.kit import Clock, Later, Refused
from reconciler.simulators.salesforce.cursors import Cursors
from reconciler.simulators.salesforce.errors import ApiError
from reconciler.simulators.salesforce.org import BIN_LIFE, Org
from reconciler.simulators.salesforce.quota import Quota
from reconciler.simulators.salesforce.tokens import Tokens
from reconciler.simulators.salesforce.values import read_id, show_moment, show_record
from reconciler.simulators.salesforce.writing import Author, Writing
from reconciler.simulators.scenario import INTEGRATION

NEWEST_VERSION = "68.0"
ACTS = ("create", "update", "delete", "undelete", "merge", "touch", "purge", "update_all")


class SalesforceTwin:
    """An organisation with its back door."""

    name = "salesforce"

    def __init__(self, clock: Clock, clients: Mapping[str, str]) -> None:
        self.clock = clock
        self.later = Later(clock)
        self.org = Org(clock)
        self.writing = Writing(self.org)
        self.tokens = Tokens(self.org, clock, clients)
        self.quota = Quota(self.org, clock)
        self.cursors = Cursors(clock)

    @property
    def latency_ms(self) -> int:
        return self.org.settings.latency_ms

    def about(self) -> dict[str, Any]:
        return {"scenario": self.org.scenario, "records": self.org.records, "seed": self.org.seed}

    def reset(self, scenario: str, records: int, seed: int) -> None:
        names = {user["Id"]: user["Name"] for user in self.org.tables["User"].all()}
        self.org.load(scenario, records, seed)
        self.tokens.move(lambda user: self.org.user_named(names.get(user) or INTEGRATION))
        self.quota.clear()
        self.cursors.clear()

    def settings(self, changes: Mapping[str, Any]) -> dict[str, Any]:
        with self.org.lock:
            if changes:
                self.org.apply(self.org.settings.changed(changes))
            return self.org.settings.shown()

    def empty_bin(self) -> None:
        """What has lain in the recycle bin for fifteen days is gone."""
        with self.org.lock:
            self.org.empty_bin(self.clock.now() - BIN_LIFE)

    def state(self, kind: str, within: str = "") -> Iterator[dict[str, Any]]:
        if within not in ("", self.org.organization["Id"]):
            raise Refused("There is one Salesforce organisation here.")
        sobject = self.org.objects.get(kind)
        if sobject is None:
            raise Refused(f"Salesforce has no {kind!r} here; it has {', '.join(sorted(self.org.objects))}.")
        return (show_record(sobject, record, NEWEST_VERSION) for record in self.org.tables[kind].all())

    def edit(self, body: Mapping[str, Any]) -> dict[str, Any]:
        """A person's save.  With `late_commit` set it is stamped now, and seen by nobody until that much later."""
        late = self.org.settings.late_commit
        with self.org.lock:
            if not late:
                return self._act(body)
            with self.org.transaction(keep=False):
                result = self._act(body)
        self.later.at(self.clock.now() + timedelta(seconds=late), lambda: self._act_late(body, result["id"]))
        return result

    def _act_late(self, body: Mapping[str, Any], key: str) -> None:
        with self.org.lock:
            try:
                self._act(body, key)
            except Refused:
                return  # somebody else was quicker, and this save is refused where nobody looks any more

    def _act(self, body: Mapping[str, Any], made: str | None = None) -> dict[str, Any]:
        kind, act = str(body.get("type") or "Account"), body.get("do")
        if act not in ACTS:
            raise Refused(f"A person in Salesforce can {', '.join(ACTS)}.")
        if not isinstance(body.get("fields") or {}, Mapping):
            raise Refused("fields is an object of field names and values.")
        try:
            name = self.org.sobject(kind).name
            key = self._carry_out(act, name, body, made)
        except ApiError as error:
            raise Refused(f"Salesforce refuses this: {error.message} ({error.code}).") from error
        record = self.org.tables[name].get(key) or {}
        return {"id": key, "version": show_moment(record.get("SystemModstamp", self.org.stamp()))}

    def _carry_out(self, act: str, kind: str, body: Mapping[str, Any], made: str | None) -> str:
        author = Author(self.org.user_named(str(body.get("as") or "A person")), person=True)
        fields, writing = dict(body.get("fields") or {}), self.writing
        if act == "create":
            return writing.create(kind, fields, author, key=made)
        if act == "update_all":
            return writing.update_all(kind, fields, author)
        key = read_id(body.get("id"), "malformed id")
        if act == "update":
            writing.update(kind, key, fields, author)
        elif act == "delete":
            writing.delete(kind, key, author)
        elif act == "undelete":
            writing.undelete(kind, key, author)
        elif act == "merge":
            writing.merge(kind, key, read_id(body.get("loser"), "malformed id"), fields, author)
        elif act == "purge":
            writing.purge(kind, key)
        else:
            writing.touch(kind, key)
        return key

    def snapshot(self) -> dict[str, Any]:
        return {"org": self.org.snapshot(), "tokens": self.tokens.snapshot()}

    def restore(self, saved: Mapping[str, Any]) -> None:
        self.org.restore(saved["org"])
        self.tokens.restore(saved["tokens"])
