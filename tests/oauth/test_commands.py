"""Connecting from the command line: what does not belong together, and signing in again."""

from __future__ import annotations

import pytest

from reconciler.__main__ import main
from reconciler.core.model import Side
from tests.oauth.conftest import World


@pytest.fixture
def command(world: World, monkeypatch: pytest.MonkeyPatch) -> World:
    for name in ("DATABASE_URL", "INSTANCE"):
        monkeypatch.setenv(f"CONCORD_{name}", world.settings.values[name])
    return world


def connect(world: World, *more: str) -> int:
    urls = ["--salesforce-url", world.url(Side.SALESFORCE), "--xero-url", world.url(Side.XERO)]
    return main(["connect", "--name", "Line", *urls, *more])


def test_a_sandbox_is_joined_to_a_live_organisation_only_by_its_name(
    command: World, capsys: pytest.CaptureFixture[str]
) -> None:
    command.pair.salesforce.twin.settings({"environment": "sandbox"})
    assert connect(command) == 2
    said = capsys.readouterr().err
    assert "Salesforce is sandbox and Xero is live" in said
    assert connect(command, "--confirm", "Somebody Else") == 2
    name = command.pair.xero.twin.shown_organisation()["Name"]
    assert connect(command, "--confirm", name) == 0


def test_a_side_is_signed_in_again_by_the_app_itself(command: World, capsys: pytest.CaptureFixture[str]) -> None:
    number = command.connected()
    assert main(["reconnect", "--connection", str(number), "--side", "xero"]) == 0
    assert "Signed in to xero again." in capsys.readouterr().out
    assert not command.access(number, Side.XERO).consented
