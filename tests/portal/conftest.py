"""A portal on a filled database of its own, and somebody signed in to it."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from urllib.parse import urlencode

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import Connection, Engine, create_engine, insert
from sqlalchemy.orm import Session

from portal import create_app
from portal.extensions import db
from portal.throttle import Throttle
from reconciler.commands.desk import Client
from reconciler.core.model import Side
from reconciler.core.schema import Rules
from reconciler.doctor import Examination
from reconciler.errors import ReconcilerError
from reconciler.ports import Identity
from reconciler.settings import load
from reconciler.store.database import make_engine
from reconciler.store.schema import upgrade
from reconciler.store.tables import AccessRow
from reconciler.tokens import Token
from tests.portal import world


class Desk:
    """Stands for the vendors when a connection is made: says what it is told to, and remembers what it was asked."""

    def __init__(self) -> None:
        self.asked: list[tuple[Side, str]] = []
        self.fault: ReconcilerError | None = None
        self.missing: list[str] = []
        self.environments = {Side.SALESFORCE: "sandbox", Side.XERO: "demo"}

    def origin(self, side: Side, url: str) -> str:
        return url

    def usual(self, side: Side, url: str) -> Client:
        return "", ""

    def look(self, side: Side, url: str, credentials: Client, rules: Rules) -> tuple[Identity, list[str]]:
        self.asked.append((side, url))
        if self.fault is not None:
            raise self.fault
        environment = self.environments[side]
        return Identity(f"{side}-organisation", f"{side.capitalize()} Ltd", environment, user="concord"), self.missing

    def look_with(
        self, side: Side, url: str, access_id: int, rules: Rules, *, organisation: str = ""
    ) -> tuple[Identity, list[str]]:
        return self.look(side, url, ("", ""), rules)

    def keep(self, db: Connection, side: Side, client: Client, *, consented: bool) -> int:
        row = insert(AccessRow).values(side=side, consented=consented).returning(AccessRow.id)
        made: int = db.execute(row).scalar_one()
        return made

    def seal(self, secret: str, row: str) -> bytes:
        return f"{row}: {secret}".encode()

    def unseal(self, sealed: bytes, row: str) -> str:
        return sealed.decode().removeprefix(f"{row}: ")

    def consent_address(self, side: Side, url: str, access_id: int, *, redirect: str, state: str, verifier: str) -> str:
        return f"{url}/consent?{urlencode({'redirect_uri': redirect, 'state': state})}"

    def redeem(self, side: Side, url: str, access_id: int, *, code: str, redirect: str, verifier: str) -> Token:
        return Token("access", refresh="refresh")

    def revoke(self, side: Side, url: str, access_id: int, organisation: str) -> bool:
        return True


SignIn = Callable[[str], FlaskClient]


@pytest.fixture(scope="session")
def filled(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The world, written once; tests take copies."""
    path = tmp_path_factory.mktemp("world") / "concord.db"
    engine = make_engine(f"sqlite:///{path}")
    upgrade(engine)
    with Session(engine) as session:
        world.fill(session)
    engine.dispose()
    return path


@pytest.fixture(scope="session")
def portal(filled: Path) -> Flask:
    """One portal for all tests: making it and compiling its pages is what takes time."""
    place = filled.parent / "instance"
    settings = load({"CONCORD_DATABASE_URL": f"sqlite:///{place / 'concord.db'}", "CONCORD_INSTANCE": str(place)})
    return create_app(settings, now=lambda: world.NOW, config={"TESTING": True}, desk=Desk())


@pytest.fixture
def database(portal: Flask) -> Path:
    return Path(portal.config["SQLALCHEMY_DATABASE_URI"].removeprefix("sqlite:///"))


@pytest.fixture
def engine(app: Flask, database: Path) -> Iterator[Engine]:
    """The same database with the driver's own habits: looking at a row here must not keep the portal from writing."""
    engine = create_engine(f"sqlite:///{database}")
    yield engine
    engine.dispose()


@pytest.fixture
def session(engine: Engine) -> Iterator[Session]:
    with Session(engine) as session:
        yield session


@pytest.fixture
def app(portal: Flask, database: Path, filled: Path) -> Iterator[Flask]:
    """The portal, on a fresh copy of the world."""
    for left in database.parent.glob("concord.db*"):
        left.unlink()
    shutil.copy(filled, database)
    portal.config.update(TESTING=True, PROPAGATE_EXCEPTIONS=None, WTF_CSRF_ENABLED=False)
    portal.extensions["concord.throttle"] = Throttle()
    portal.extensions["concord.desk"] = Desk()
    portal.extensions["concord.shapes"] = lambda _connection: {}
    portal.extensions["concord.doctor"] = lambda _connection: Examination("Aurora", {}, (), {})
    yield portal
    with portal.app_context():
        db.engine.dispose()


@pytest.fixture
def sign_in(app: Flask) -> SignIn:
    """Open a session for one of the world's people, without the slow hash."""

    def opened(name: str) -> FlaskClient:
        client = app.test_client()
        with client.session_transaction() as cookie:
            number = {"Ada": 1, "Rui": 2, "Vera": 3}[name]
            cookie["_user_id"], cookie["_fresh"] = f"{number}:stamp-of-{name}", True
        return client

    return opened


@pytest.fixture
def ada(sign_in: SignIn) -> FlaskClient:
    """An administrator's browser."""
    return sign_in("Ada")


@pytest.fixture
def rui(sign_in: SignIn) -> FlaskClient:
    """A reviewer's browser."""
    return sign_in("Rui")


@pytest.fixture
def vera(sign_in: SignIn) -> FlaskClient:
    """A viewer's browser."""
    return sign_in("Vera")
