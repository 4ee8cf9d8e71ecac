"""The pages that people work with, worked with: keys, clicks and what the page says to them."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.browser.conftest import OpenPage
from tests.portal.world import NAMES, salesforce_id

pytestmark = pytest.mark.browser


def focused(page: Page) -> str:
    """The id of what has the focus."""
    return str(page.evaluate("document.activeElement.id"))


def line(page: Page, number: int) -> Locator:
    return page.locator(f"#conflict-{number}")


@pytest.fixture
def queue(portal: str, open_page: OpenPage) -> Page:
    page = open_page(portal, name="Rui")
    page.goto(f"{portal}/c/1/review")
    return page


def test_the_queue_is_worked_without_a_mouse(queue: Page) -> None:
    queue.keyboard.press("j")
    assert focused(queue) == "conflict-1"
    queue.keyboard.press("s")
    expect(line(queue, 1)).to_contain_text("Rui: take Salesforce")
    expect(line(queue, 1)).to_be_focused()
    expect(queue.locator("#count-conflicts")).to_contain_text("2")
    queue.keyboard.press("u")
    expect(line(queue, 1)).to_contain_text("Take Salesforce")
    expect(line(queue, 1)).to_be_focused()
    queue.keyboard.press("e")
    expect(line(queue, 1)).to_contain_text("Rui: take Xero")
    expect(line(queue, 1)).to_be_focused()
    queue.keyboard.press("j")
    queue.keyboard.press("j")
    queue.keyboard.press("k")
    assert focused(queue) == "conflict-2"


def test_the_next_key_may_be_pressed_as_soon_as_the_line_is_back(queue: Page) -> None:
    queue.keyboard.press("j")
    queue.evaluate("""() => {
        const undo = new KeyboardEvent("keydown", { key: "u", bubbles: true });
        const press = () => setTimeout(() => document.activeElement.dispatchEvent(undo));
        document.addEventListener("htmx:afterSwap", press, { once: true });
    }""")
    queue.evaluate("window.isFirstPage = true")
    queue.keyboard.press("s")
    expect(queue.locator("#notices")).to_contain_text("taken back")
    expect(line(queue, 1)).to_be_focused()
    assert queue.evaluate("window.isFirstPage")


def test_a_value_is_typed_without_a_mouse(queue: Page) -> None:
    queue.keyboard.press("j")
    queue.keyboard.press("v")
    expect(queue.locator("#v-1")).to_be_focused()
    queue.locator("#v-1").fill("+64 9 777 0000")
    queue.keyboard.press("Escape")
    expect(line(queue, 1)).to_be_focused()
    queue.keyboard.press("v")
    queue.keyboard.press("Enter")
    expect(line(queue, 1)).to_contain_text("a value of their own")


def test_a_refusal_is_seen_where_one_is_and_the_line_is_put_right(
    portal: str, open_page: OpenPage, queue: Page, complaints: list[str]
) -> None:
    queue.set_viewport_size({"width": 1280, "height": 420})
    line(queue, 1).evaluate("each => each.scrollIntoView()")
    other = open_page(portal)
    other.goto(f"{portal}/c/1/conflicts/1")
    other.get_by_role("button", name="Take Xero").click()
    expect(line(other, 1)).to_contain_text("Ada: take Xero")
    line(queue, 1).get_by_role("button", name="Take Salesforce").click()
    expect(queue.locator("#notices [role=alert]")).to_be_in_viewport()
    expect(queue.locator("#notices")).to_contain_text("Ada has decided")
    expect(line(queue, 1)).to_contain_text("Ada: take Xero")
    assert [each for each in complaints if "409" not in each] == []
    complaints.clear()


def test_who_may_only_read_sees_which_way_a_value_goes(portal: str, open_page: OpenPage) -> None:
    page = open_page(portal, name="Vera")
    page.goto(f"{portal}/c/1/directions")
    expect(page.locator("#customer-phone").get_by_text("Both ways")).to_be_visible()


def test_typing_a_reason_decides_nothing(queue: Page) -> None:
    queue.locator("#reason-1").fill("see the letter")
    queue.keyboard.press("Enter")
    expect(line(queue, 1)).to_contain_text("Take Salesforce")
    assert queue.url.endswith("/review")


def test_several_are_selected_and_decided_together(queue: Page) -> None:
    bar = queue.locator("#bulk")
    expect(bar).to_be_hidden()
    for _ in range(2):
        queue.keyboard.press("j")
        queue.keyboard.press("Space")
    expect(bar).to_contain_text("2 selected")
    bar.get_by_role("button", name="Take Xero").click()
    expect(queue.locator("#notices")).to_contain_text(f"{NAMES[0]} · Phone, {NAMES[5]} · Billing address")


def test_the_keys_are_listed_and_the_record_opens(queue: Page) -> None:
    queue.keyboard.press("?")
    expect(queue.get_by_role("dialog")).to_contain_text("take Salesforce")
    queue.keyboard.press("s")
    queue.keyboard.press("Escape")
    expect(line(queue, 1)).to_contain_text("Take Salesforce")
    queue.keyboard.press("j")
    queue.keyboard.press("o")
    queue.wait_for_url(f"**/records/salesforce/{salesforce_id(1)}")


def test_a_record_is_found_from_anywhere(queue: Page) -> None:
    queue.keyboard.press("/")
    queue.keyboard.type("grunwald")
    queue.keyboard.press("Enter")
    expect(queue.get_by_role("main")).to_contain_text(NAMES[6])


def test_an_arrow_is_turned_and_turned_back(portal: str, open_page: OpenPage) -> None:
    page = open_page(portal)
    page.goto(f"{portal}/c/1/directions")
    field = page.locator("#customer-phone")
    field.get_by_role("button", name="Salesforce → Xero").click()
    expect(field.get_by_role("status")).to_contain_text("2 of 12 linked records differ")
    expect(field.get_by_role("button", name="Salesforce → Xero")).to_have_attribute("aria-pressed", "true")
    field.locator("select").first.select_option("protect")
    expect(field.get_by_role("status")).to_contain_text("against the arrow from now on")
    field.get_by_role("button", name="Undo this change").click()
    expect(page.locator("#notices")).to_contain_text("again as they were in version 3")
    expect(field.locator("select").first).to_have_value("overwrite")


def test_an_arrow_that_cannot_hold_does_nothing(portal: str, open_page: OpenPage) -> None:
    page = open_page(portal)
    page.goto(f"{portal}/c/1/directions")
    field = page.locator("#customer-website")
    field.get_by_role("button", name=re.compile("Both ways: not possible")).click(force=True)
    expect(field.get_by_role("button", name="Salesforce ← Xero")).to_have_attribute("aria-pressed", "true")
    expect(field.get_by_role("status")).to_have_count(0)


def test_a_sync_that_is_asked_for_is_seen_at_once(portal: str, open_page: OpenPage) -> None:
    page = open_page(portal, name="Rui")
    page.get_by_role("button", name="Sync now").click()
    expect(page.locator("#live")).to_contain_text("A sync is about to start")
    expect(page.locator("#live")).to_have_attribute("hx-trigger", "every 1s")
    expect(page.locator("#sync-now")).to_be_disabled()


def test_without_scripts_everything_still_works(portal: str, open_page: OpenPage) -> None:
    signed_in = open_page(portal)
    cookies = signed_in.context.cookies()
    browser = signed_in.context.browser
    assert browser is not None
    context = browser.new_context(java_script_enabled=False)
    context.add_cookies([{"name": c["name"], "value": c["value"], "url": portal} for c in cookies])
    page = context.new_page()
    page.goto(f"{portal}/c/1/conflicts/1")
    page.get_by_role("button", name="Take Xero").click()
    expect(page.get_by_role("main")).to_contain_text("Ada: take Xero")
    page.goto(f"{portal}/c/1/directions")
    page.locator("#customer-phone-off").click()
    expect(page.locator("#notices")).to_contain_text("Phone: Saved.")
    context.close()
