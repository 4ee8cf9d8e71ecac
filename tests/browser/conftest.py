"""A portal on a real socket and a real browser in front of it, which complains about everything it dislikes."""

from __future__ import annotations

import shutil
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from flask import Flask
from playwright.sync_api import Browser, ConsoleMessage, Page, sync_playwright
from sqlalchemy.orm import Session
from werkzeug.security import generate_password_hash
from werkzeug.serving import make_server

from portal import create_app
from portal.extensions import db
from reconciler.settings import load
from reconciler.store.database import make_engine
from reconciler.store.tables import Base, UserRow
from tests.portal import world

PASSWORD = "four plain words here"
ARGUMENTS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
)
OpenPage = Callable[..., Page]


@pytest.fixture(scope="session")
def browser(chromium: str) -> Iterator[Browser]:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=list(ARGUMENTS))
        yield browser
        browser.close()


@pytest.fixture(scope="session")
def filled(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The world, with passwords that work."""
    path = tmp_path_factory.mktemp("world") / "concord.db"
    engine = make_engine(f"sqlite:///{path}")
    Base.metadata.create_all(engine)
    with Session(engine) as session:
        world.fill(session)
        session.query(UserRow).update({"password": generate_password_hash(PASSWORD, method="scrypt:1024:8:1")})
        session.commit()
    engine.dispose()
    return path


def serve(app: Flask) -> Iterator[str]:
    """Serve on a free port until the test is over."""
    server = make_server("127.0.0.1", 0, app, threaded=True)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()
    server.server_close()
    with app.app_context():
        db.engine.dispose()


@pytest.fixture
def portal(filled: Path, tmp_path: Path) -> Iterator[str]:
    """The address of a portal on a fresh copy of the world."""
    shutil.copy(filled, tmp_path / "concord.db")
    settings = load({"CONCORD_DATABASE_URL": f"sqlite:///{tmp_path / 'concord.db'}", "CONCORD_INSTANCE": str(tmp_path)})
    yield from serve(create_app(settings, now=lambda: world.NOW))


@pytest.fixture
def complaints() -> list[str]:
    """Console errors, failed scripts and refused content, as they come; a test that sees any of them fails."""
    return []


@pytest.fixture
def open_page(browser: Browser, complaints: list[str]) -> Iterator[OpenPage]:
    """Open a window on a portal, signed in."""
    contexts = []

    def listen(message: ConsoleMessage) -> None:
        if message.type in {"error", "warning"}:
            complaints.append(message.text)

    def opened(address: str, *, theme: str = "light", width: int = 1280, name: str = "Ada") -> Page:
        context = browser.new_context(color_scheme=theme, viewport={"width": width, "height": 850})  # type: ignore[arg-type]
        contexts.append(context)
        page = context.new_page()
        page.on("console", listen)
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.goto(f"{address}/sign-in")
        page.fill("#name", name)
        page.fill("#password", PASSWORD)
        page.click("button")
        page.wait_for_url(f"{address}/c/1/")
        return page

    yield opened
    for context in contexts:
        context.close()
    assert complaints == []
