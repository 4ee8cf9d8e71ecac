"""What holds for every page: it answers, says its name once, escapes what records contain, and keeps to its words."""

from __future__ import annotations

import re
from html.parser import HTMLParser

import pytest
from flask.testing import FlaskClient

from tests.portal.pages import PAGES
from tests.portal.world import NASTY, salesforce_id

INSIDE = re.compile(
    r"settl|adopt|retir|tombstone|watermark|delta|digest|baseline|reconcil|ledger|journal", re.IGNORECASE
)
COMMAND = "python -m reconciler schedule"


class Reader(HTMLParser):
    """Collects what a person reads or hears, and what a strict policy would refuse."""

    def __init__(self) -> None:
        super().__init__()
        self.words: list[str] = []
        self.tags: list[str] = []
        self.inline: list[str] = []
        self.ids: list[str] = []
        self._silent = 0

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        given = dict(attributes)
        self.tags.append(tag)
        self._silent += tag in {"script", "style", "textarea", "pre"}
        self.inline += [name for name in given if name == "style" or name.startswith("on")]
        self.inline += ["script"] if tag == "script" and "src" not in given else []
        self.ids += [value for name, value in attributes if name == "id" and value]
        self.words += [value for name, value in attributes if name in {"title", "aria-label", "placeholder"} and value]

    def handle_endtag(self, tag: str) -> None:
        self._silent -= tag in {"script", "style", "textarea", "pre"}

    def handle_data(self, data: str) -> None:
        if not self._silent:
            self.words.append(data)


def read(text: str) -> Reader:
    reader = Reader()
    reader.feed(text)
    return reader


@pytest.fixture(params=PAGES)
def page(request: pytest.FixtureRequest, ada: FlaskClient) -> str:
    answer = ada.get(request.param)
    assert answer.status_code == 200
    return answer.text


def test_every_page_is_whole_keeps_to_its_words_and_to_the_policy(page: str) -> None:
    reader = read(page)
    assert reader.tags.count("h1") == (1 if "<html" in page else 0)
    assert reader.inline == []
    assert len(reader.ids) == len(set(reader.ids))
    text = " ".join(reader.words).replace(COMMAND, "")
    assert INSIDE.findall(text) == []
    assert NASTY not in page
    assert "<b>GmbH" not in page


@pytest.mark.parametrize(
    "page",
    ["/c/1/review", "/c/1/conflicts/3", "/c/1/records?q=script", f"/c/1/records/salesforce/{salesforce_id(12)}",
     "/c/1/plans/2", "/c/1/activity", "/c/1/directions"],
)  # fmt: skip
def test_what_a_record_contains_is_shown_and_never_run(page: str, ada: FlaskClient) -> None:
    assert "&lt;script&gt;alert(" in ada.get(page).text


@pytest.mark.parametrize(
    "page",
    ["/c/9/", "/c/1/syncs/99", "/c/1/plans/99", "/c/1/conflicts/99", "/c/1/questions/99", "/c/1/fixing/99",
     "/c/1/records/salesforce/nobody", "/c/1/records/sugar/1", "/c/1/rules/versions/99", "/c/1/review?show=lost",
     "/c/1/questions?show=lost", "/c/1/fixing?show=lost", "/c/1/directions/customer/lost", "/nowhere"],
)  # fmt: skip
def test_what_does_not_exist_is_said_in_plain_words(page: str, ada: FlaskClient) -> None:
    answer = ada.get(page)
    assert answer.status_code == 404
    assert "There is no such page" in answer.text


@pytest.mark.parametrize("path", ["conflicts/99/decide", "questions/99/answer", "fixing/99/retry", "plans/99/drop"])
def test_nothing_is_done_to_what_does_not_exist(path: str, ada: FlaskClient) -> None:
    assert ada.post(f"/c/1/{path}", data={"take": "xero", "choice": "leave"}).status_code == 404


def test_every_page_names_the_version_the_connection_and_its_environment(ada: FlaskClient) -> None:
    text = ada.get("/people").text
    assert "Concord 0." in text
    assert "Northwind: Sandbox" in text


def test_the_portal_says_that_it_serves(app: object, ada: FlaskClient) -> None:
    assert ada.get("/healthz").json == {"status": "ok"}


def test_times_are_told_as_people_say_them_with_the_exact_one_behind(ada: FlaskClient) -> None:
    text = ada.get("/c/1/syncs/3").text
    assert '<time datetime="2026-03-17T06:30:12+00:00" title="2026-03-17 06:30:12 UTC">3 h ago</time>' in text
