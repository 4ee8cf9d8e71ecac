"""One sign-in, several organisations: a person chooses once, and nobody is asked what is settled already."""

from __future__ import annotations

import html
import re
from collections.abc import Iterator

import pytest
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from reconciler.__main__ import main
from reconciler.core.model import Side
from reconciler.running import Asked, run
from reconciler.store.tables import SideRow
from tests.oauth.conftest import World

S, X = Side.SALESFORCE, Side.XERO
CHOICE = re.compile(
    r'name="organisation"[^>]*value="([^"]+)" required( disabled)?.*?<label[^>]*>(.*?)</label>', re.DOTALL
)
ASKED = "/oauth/organisations"


@pytest.fixture
def three(world: World) -> Iterator[World]:
    """Three organisations behind each sign-in to Xero."""
    world.pair.xero.twin.settings({"organisations": 3})
    yield world
    world.pair.xero.twin.settings({"organisations": 1})


def choices(browser: FlaskClient) -> dict[str, tuple[bool, str]]:
    """What can be chosen, by id: whether it may be, and how it is called."""
    shown = browser.get(ASKED)
    assert shown.status_code == 200, shown.text
    return {
        key: (not closed, " ".join(html.unescape(label).split())) for key, closed, label in CHOICE.findall(shown.text)
    }


def asked(world: World, browser: FlaskClient, name: str) -> str:
    """A draft whose two consents have been given; its page."""
    page = world.set_up(browser, name)
    assert world.consent(browser, f"{page}/sides/{S}", S).headers["Location"] == page
    assert world.consent(browser, f"{page}/sides/{X}", X).headers["Location"] == ASKED
    return page


def organisation(world: World, number: int) -> str:
    with Session(world.engine) as session:
        return session.get_one(SideRow, (number, X.value)).organisation_id


def joined(world: World, browser: FlaskClient, name: str, chosen: int) -> tuple[int, str]:
    page = asked(world, browser, name)
    key = list(choices(browser))[chosen]
    assert browser.post(ASKED, data={"organisation": key}).headers["Location"] == page
    return int(browser.post(f"{page}/join").headers["Location"].split("/")[2]), key


def test_the_organisation_that_was_chosen_is_the_one_that_is_connected_and_read(three: World) -> None:
    browser = three.browser()
    number, chosen = joined(three, browser, "Second of three", 1)
    assert organisation(three, number) == chosen == list(three.pair.xero.twin.companies)[1]
    assert run(three.works, number, Asked())["status"] == "read_only"
    assert browser.get(ASKED).status_code == 404, "what was chosen is settled"


def test_each_organisation_is_named_with_its_environment(three: World) -> None:
    browser = three.browser()
    asked(three, browser, "Which")
    names = {key: str(company.shown()["Name"]) for key, company in three.pair.xero.twin.companies.items()}
    for key, (may, label) in choices(browser).items():
        assert may
        assert names[key] in label
        assert "live" in label.casefold()


def test_one_that_is_connected_already_cannot_be_chosen_and_says_why(three: World) -> None:
    browser = three.browser()
    _, taken = joined(three, browser, "The first pair", 0)
    asked(three, browser, "Another pair")
    found = choices(browser)
    assert [key for key, (may, _) in found.items() if not may] == [taken]
    assert "connected already: The first pair" in found[taken][1]
    refused = browser.post(ASKED, data={"organisation": taken})
    assert refused.status_code == 422
    assert "connected already: The first pair" in refused.text
    assert len(choices(browser)) == 3, "the choice is still open"


@pytest.mark.parametrize("chosen", [0, 2])
def test_signing_in_again_asks_nothing_and_stays_with_its_organisation(three: World, chosen: int) -> None:
    browser = three.browser()
    number, kept = joined(three, browser, "Kept", chosen)
    page = browser.post(f"/c/{number}/connection/{X}/again").headers["Location"]
    assert three.consent(browser, page, X).headers["Location"] == f"/c/{number}/connection"
    assert organisation(three, number) == kept
    assert run(three.works, number, Asked())["status"] == "read_only"


def test_an_organisation_that_the_sign_in_does_not_reach_is_refused(three: World) -> None:
    browser = three.browser()
    page = asked(three, browser, "Elsewhere")
    refused = browser.post(ASKED, data={"organisation": "00000000-0000-4000-8000-000000000001"})
    assert refused.status_code == 422
    assert "Another organisation is behind this sign-in" in refused.text
    assert "Waiting" in browser.get(page).text


def test_the_choice_belongs_to_the_browser_that_came_back(three: World) -> None:
    browser = three.browser()
    asked(three, browser, "Mine")
    for other in (three.app.test_client(), three.browser()):
        assert other.get(ASKED).status_code == 404
        assert other.post(ASKED, data={"organisation": "x"}).status_code == 404


def test_an_invited_colleague_chooses_without_a_sign_in_here(three: World) -> None:
    browser, guest = three.browser(), three.app.test_client()
    page = three.set_up(browser, "Two people")
    shown = browser.post(f"{page}/sides/{X}/invite").text
    link = re.search(r'value="https?://[^/]+(/connect/[^"]+)"', shown)
    assert link is not None
    assert three.consent(guest, link[1], X).headers["Location"] == ASKED
    chosen = list(choices(guest))[2]
    assert "is connected" in guest.post(ASKED, data={"organisation": chosen}).text
    assert chosen in browser.get(page).text


@pytest.mark.prove
def test_a_command_lists_and_chooses_the_same(
    three: World, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    for name in ("DATABASE_URL", "INSTANCE"):
        monkeypatch.setenv(f"CONCORD_{name}", three.settings.values[name])
    browser = three.browser()
    _, taken = joined(three, browser, "The first pair", 0)
    page = asked(three, browser, "By command")
    ask = ["organisations", "--name", "By command"]
    assert main(ask) == 0
    listed = capsys.readouterr().out.splitlines()
    assert [line.split()[0] for line in listed] == list(three.pair.xero.twin.companies)
    assert [line for line in listed if "connected already: The first pair" in line] == [listed[0]]
    assert main([*ask, "--choose", taken]) == 2
    assert main(["organisations", "--name", "Nobody"]) == 2
    capsys.readouterr()
    second, third = list(three.pair.xero.twin.companies)[1:]
    assert main([*ask, "--choose", third, "--json"]) == 0
    assert f'"id": "{third}"' in capsys.readouterr().out
    assert third in browser.get(page).text
    assert main([*ask, "--choose", second]) == 2
    assert "is settled already" in capsys.readouterr().err
    assert browser.get(ASKED).status_code == 404
