"""Every page in a real browser: readable by everyone, in both themes, on a phone, and without one complaint."""

from __future__ import annotations

from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page
from sqlalchemy import select
from sqlalchemy.orm import Session

from reconciler.store.database import make_engine
from reconciler.store.tables import ActionRow, ConflictRow, RecordRow
from tests.browser.conftest import OpenPage
from tests.portal.pages import PAGES

pytestmark = pytest.mark.browser

LONG = "Donaudampfschifffahrtselektrizitätenhauptbetriebswerkbauunterbeamtengesellschaft" * 2
# What reaches beyond the window, or beyond a panel that cuts it off.
BEYOND = """[...document.querySelectorAll("main *")].filter((each) => {
  const cut = each.closest(".flush")?.getBoundingClientRect().right ?? innerWidth;
  const apart = each.closest("pre, textarea, .visually-hidden, .list.cards thead, option");
  return !apart && each.getBoundingClientRect().right > Math.min(cut, document.documentElement.clientWidth) + 1;
}).map((each) => each.outerHTML.slice(0, 120))"""

WHOLE = [page for page in PAGES if not page.endswith("/live")]


def barriers(page: Page) -> list[str]:
    """What axe finds in the way of people, with its place."""
    found = Axe().run(page).response["violations"]
    return [f"{each['id']}: {node['target']} {node['failureSummary']}" for each in found for node in each["nodes"]]


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_nothing_stands_in_anybodys_way(portal: str, open_page: OpenPage, theme: str) -> None:
    page = open_page(portal, theme=theme)
    found = {}
    for path in WHOLE:
        page.goto(portal + path)
        for details in page.locator("main details").all():
            details.evaluate("element => element.open = true")
        found[path] = barriers(page)
    assert {path: each for path, each in found.items() if each} == {}


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_nor_before_the_sign_in(portal: str, browser: Browser, theme: str) -> None:
    context = browser.new_context(color_scheme=theme)  # type: ignore[arg-type]
    page = context.new_page()
    page.goto(f"{portal}/sign-in")
    assert barriers(page) == []
    context.close()


@pytest.mark.parametrize("width", [400, 640])  # 640 is what a screen of 1280 has left at 200 %
def test_no_page_has_to_be_moved_sideways(portal: str, open_page: OpenPage, width: int) -> None:
    page = open_page(portal, width=width)
    for path in WHOLE:
        page.goto(portal + path)
        beyond = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
        assert beyond <= 0, path


@pytest.mark.parametrize("width", [400, 1000, 1280])
def test_no_name_is_so_long_that_a_page_loses_something(
    portal: str, open_page: OpenPage, tmp_path: Path, width: int
) -> None:
    with Session(make_engine(f"sqlite:///{tmp_path / 'concord.db'}")) as session:
        for record in session.scalars(select(RecordRow)):
            record.fields = {**record.fields, "name": LONG, "website": f"https://{LONG}.example"}
        for conflict in session.scalars(select(ConflictRow)):
            conflict.name = LONG
        for action in session.scalars(select(ActionRow)):
            action.fields = {"name": {"from": LONG, "to": LONG[::-1]}}
        session.commit()
    page = open_page(portal, width=width)
    found = {}
    for path in WHOLE:
        page.goto(portal + path)
        found[path] = page.evaluate(BEYOND)
    assert {path: each for path, each in found.items() if each} == {}


def test_the_menu_of_a_phone_opens_and_closes(portal: str, open_page: OpenPage) -> None:
    page = open_page(portal, width=400)
    review = page.get_by_role("link", name="Review")
    assert not review.is_visible()
    page.get_by_role("button", name="Menu").click()
    page.wait_for_selector("#side.show:not(.showing)")
    assert barriers(page) == []
    review.click()
    page.wait_for_url("**/review")


def test_the_theme_is_switched_and_stays(portal: str, open_page: OpenPage) -> None:
    page = open_page(portal, theme="light")
    theme = "document.documentElement.dataset.bsTheme"
    assert page.evaluate(theme) == "light"
    page.get_by_role("button", name="Switch between light and dark").click()
    assert page.evaluate(theme) == "dark"
    page.goto(f"{portal}/about")
    assert page.evaluate(theme) == "dark"
