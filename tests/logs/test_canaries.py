"""The whole story with canaries in every place where a secret or a person's data can be, and every logger at DEBUG:
none of them comes out where operators, monitoring or strangers look.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any

import pytest
from apscheduler.schedulers.background import BackgroundScheduler
from sqlalchemy import update
from sqlalchemy.orm import Session

from reconciler import bootstrap, logs
from reconciler.commands import connections
from reconciler.core.model import Side
from reconciler.mail import Postman, post
from reconciler.running import Asked, Works, run
from reconciler.scheduler import Dispatcher
from reconciler.settings import load
from reconciler.store.tables import ConflictRow, ConnectionRow, RejectionRow
from tests.oauth.conftest import World, _database, _pair, world

__all__ = ["_database", "_pair", "world"]

pytestmark = pytest.mark.prove

PERSON = (
    "Canary Kestrel Ltd",
    "canary.kestrel@example.org",
    "64215550199",
    "99 Canary Row",
    "Canary <Heron>",
    "Canary Finch",
)
SECRET = ("canary-token-81c2", "canary-password-55", "canary-body-90fe", "canary-sentence-17")
PARTS = ("urllib3", "requests", "sqlalchemy.engine", "sqlalchemy.pool", "werkzeug", "apscheduler", "simple_salesforce",
         "xero_python", "oauthlib", "requests_oauthlib", "alembic", "flask_cors", "portal", "reconciler")  # fmt: skip


@dataclass(slots=True)
class Heard:
    """Everything that was written where somebody other than a signed-in person reads."""

    parts: list[str]

    def add(self, *parts: Any) -> None:
        self.parts += [part if isinstance(part, str) else json.dumps(part, default=str) for part in parts]


@pytest.fixture
def talkative() -> Iterator[None]:
    """Every logger says all it can."""
    root = logging.getLogger()
    before = {name: logging.getLogger(name).level for name in ("", *PARTS, *logging.root.manager.loggerDict)}
    for name in before:
        logging.getLogger(name).setLevel(logging.DEBUG)
    handlers = root.handlers[:]
    logs.configure("DEBUG", "json")
    yield
    root.handlers[:] = handlers
    for name, level in before.items():
        logging.getLogger(name).setLevel(level)


def edit(world: World, side: Side, record_id: str = "", **fields: Any) -> str:
    """A person in the vendor's own screens."""
    kind = "Account" if side is Side.SALESFORCE else "Contact"
    body = {"as": "Hana", "do": "update" if record_id else "create", "type": kind, "id": record_id, "fields": fields}
    return str(world.running(side).twin.edit(body)["id"])


def fault(world: World, side: Side, path: str, do: Any) -> None:
    world.running(side).rig.faults.post([{"match": {"path": path, "nth": 1}, "do": do}])


def tell(world: World, heard: Heard) -> int:
    """Connect by consent, share, clash, be refused, meet faults and a crash; returns the connection."""
    number = world.connected()
    with Session(world.engine) as session:
        connections.activate(session, number, by="Ada", now=datetime.now(UTC))
    account: dict[str, Any] = {
        "Name": PERSON[0],
        "Email__c": PERSON[1],
        "Phone": "+64 21 555 0199",
        "BillingStreet": PERSON[3],
        "AccountNumber": "CK-1",
        "Sync_with_Xero__c": True,
    }
    first = edit(world, Side.SALESFORCE, **account)
    heard.add(run(world.works, number, Asked()))
    edit(world, Side.SALESFORCE, Name=PERSON[4], Sync_with_Xero__c=True)  # Concord knows that Xero refuses it
    edit(world, Side.SALESFORCE, Name="Canary Finch", AccountNumber="CK-1", Sync_with_Xero__c=True)  # Xero finds out
    contact = world.running(Side.XERO).twin.state("Contact")[0]["ContactID"]
    edit(world, Side.SALESFORCE, first, Name=f"{PERSON[0]} One")
    edit(world, Side.XERO, contact, Name=f"{PERSON[0]} Two")
    heard.add(run(world.works, number, Asked()))
    for side, path in ((Side.SALESFORCE, "/query"), (Side.XERO, "/Contacts")):
        for do in ({"status": 500, "headers": {}, "body": f"{SECRET[2]} {PERSON[0]}"}, "html", "truncate",
                   {"status": 400, "headers": {}, "body": json.dumps({"Type": "X", "Message": SECRET[2]})},
                   {"status": 401, "headers": {"WWW-Authenticate": SECRET[0]}, "body": SECRET[2]}):  # fmt: skip
            fault(world, side, path, do)
            scheduled(world.works, number)
            world.running(side).rig.faults.clear()
    return number


def scheduled(works: Works, number: int) -> None:
    """One run as the scheduler makes it: what it says of the outcome is in the log alone."""
    scheduler = BackgroundScheduler(timezone="UTC")
    with works.engine.begin() as db:
        db.execute(update(ConnectionRow).where(ConnectionRow.id == number).values(next_run_at=None))
    dispatcher = Dispatcher(works, scheduler)
    dispatcher.start()
    dispatcher.deliver(lambda: 1 // 0)
    scheduler.start()
    scheduler.shutdown(wait=True)
    dispatcher._run(number, None)


def crash(world: World, number: int) -> None:
    """A run that ends in an exception with everything in its sentence."""

    def fail(_point: str) -> None:
        raise RuntimeError(f"{SECRET[3]} {PERSON[0]} {PERSON[1]}")

    scheduled(replace(world.works, at=fail), number)


def wrecked(world: World) -> list[str]:
    """Pages of a portal whose database fails, and what strangers and monitoring are shown."""
    client, stranger = world.browser(), world.app.test_client()
    world.app.config["TESTING"], world.app.config["PROPAGATE_EXCEPTIONS"] = False, False
    shown = [stranger.get(path).text for path in ("/metrics", "/readyz", "/healthz", "/sign-in", "/c/1/review")]
    refused = stranger.post("/sign-in", data={"name": PERSON[1], "password": SECRET[1]}).text
    shown.append(refused.replace(f'value="{PERSON[1]}"', ""))  # the form gives back the name to whoever typed it
    with world.engine.begin() as db:
        db.exec_driver_sql("ALTER TABLE conflict RENAME TO elsewhere")
    shown += [client.get(f"/c/1/review?text={PERSON[0]}").text, client.get(f"/c/1/records?q={PERSON[1]}").text]
    return shown


def test_no_secret_and_nothing_personal_comes_out(
    world: World, talkative: None, capsys: pytest.CaptureFixture[str]
) -> None:
    heard = Heard([])
    number = tell(world, heard)
    with Session(world.engine) as session:
        assert session.query(ConflictRow).filter_by(status="open").count() >= 1
        assert session.query(RejectionRow).filter_by(status="open").count() >= 1
    crash(world, number)
    mail = {
        "CONCORD_SMTP_URL": f"smtp://canary:{SECRET[1]}@127.0.0.1:9",
        "CONCORD_MAIL_FROM": "a",
        "CONCORD_MAIL_TO": "b",
    }
    with world.engine.begin() as db:
        db.exec_driver_sql("INSERT INTO mailing (name, told, serial, fault) VALUES ('connection 1', '[\"x\"]', 0, '')")
    Postman(post(load(mail)), world.engine, bootstrap.WallClock()).look()
    heard.add(*wrecked(world))
    lines = capsys.readouterr().err
    events = {json.loads(line)["event"] for line in lines.splitlines()}
    assert {"run.ended", "run.failed", "action.refused", "action.done", "portal.failed", "mail.failed"} <= events
    assert all({"connection", "run"} <= json.loads(x).keys() for x in lines.splitlines() if "action." in x)
    kept = tokens(world)
    assert len(kept) >= 4
    everything = lines + "\n".join(heard.parts)
    found = [canary for canary in (*PERSON, *SECRET, *kept) if canary in everything]
    assert found == []


def tokens(world: World) -> set[str]:
    """Every token that either vendor has given out and still honours."""
    salesforce, xero = world.pair.salesforce.twin.tokens, world.pair.xero.twin.tokens
    grants = {grant.current for grant in salesforce._grants.values()}
    return {*salesforce._sessions, *xero._access, *xero._refresh, *grants}
