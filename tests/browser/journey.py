"""One person's way from an empty Concord to a first sync that was carried out, with what it takes of them counted.

A step is one thing clicked, chosen or typed into.  Reading is every word that the person has not read before, on the
portal's pages and the vendors' alike, menus left out; nothing is skipped but the list of every single change beyond its
first screen.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from playwright.sync_api import Page, expect

from reconciler.simulators.simulate import Pair
from tests.browser.conftest import PASSWORD

WORDS_A_MINUTE = 200
SECONDS_A_STEP = 3  # think of it, point at it, press it
CHARACTERS_A_SECOND = 3  # typed by somebody who does not type for a living
WAIT = 60_000  # milliseconds, for what both systems are asked
WORD = re.compile(r"[\w’'-]+")
# Every piece of text that can be seen; of a list of choices, the one that is chosen.
SEEN = """(onScreen) => {
  const root = document.querySelector("main") ?? document.body;
  const walk = document.createTreeWalker(root, NodeFilter.SHOW_TEXT);
  const found = [];
  for (let node = walk.nextNode(); node; node = walk.nextNode()) {
    const holder = node.parentElement;
    const option = holder.closest("option");
    if (holder.closest("script, style, .visually-hidden") || (option && !option.selected)) continue;
    if (onScreen && holder.getBoundingClientRect().bottom > innerHeight) continue;
    if (option || holder.checkVisibility()) found.push(node.textContent.trim());
  }
  return found.filter(Boolean);
}"""


@dataclass(slots=True)
class Person:
    """Somebody at the keyboard."""

    page: Page
    steps: int = 0
    characters: int = 0
    words: int = 0
    pages: int = 0
    _read: set[str] = field(default_factory=set)

    def look(self, name: str, *, glance: bool = False) -> None:
        """Read what is new on this page, or at a glance what stands on the screen; `name` is for whoever watches."""
        del name
        fresh = [text for text in dict.fromkeys(self.page.evaluate(SEEN, glance)) if text not in self._read]
        self._read.update(fresh)
        self.words += sum(len(WORD.findall(line)) for line in fresh)
        self.pages += 1

    def type(self, where: str, text: str) -> None:
        self.page.fill(where, text)
        self.steps, self.characters = self.steps + 1, self.characters + len(text)

    def choose(self, where: str, value: str) -> None:
        self.page.select_option(where, value)
        self.steps += 1

    def click(self, role: str, name: str) -> None:
        with self.page.expect_navigation():
            self.page.get_by_role(role, name=name, exact=True).first.click()  # type: ignore[arg-type]
        self.steps += 1

    @property
    def minutes(self) -> float:
        """Reading and hands together; what the machines take comes on top."""
        hands = self.steps * SECONDS_A_STEP + self.characters / CHARACTERS_A_SECOND
        return self.words / WORDS_A_MINUTE + hands / 60


def connect(person: Person, concord: str, pair: Pair) -> None:
    """Sign in, name the connection, and let Concord in on both vendors' consent pages."""
    page = person.page
    page.goto(concord)
    person.look("sign-in")
    person.type("#name", "Ada")
    person.type("#password", PASSWORD)
    person.click("button", "Sign in")
    person.look("nothing-yet")
    person.click("link", "Connect")
    person.look("connect")
    person.type("#name", "Southwind")
    person.click("button", "Begin")
    person.look("draft")
    for side, url, allow in (("Salesforce", pair.salesforce.url, "Allow"), ("Xero", pair.xero.url, "Allow access")):
        person.click("link", f"Connect {side}")
        person.look(f"app-{side}")
        person.type("#url", url)
        person.type("#client-id", "concord")
        person.type("#client-secret", "concord")
        person.click("button", "Continue with the consent page")
        expect(page.get_by_role("button", name=allow, exact=True)).to_be_visible()
        person.look(f"vendor-{side}")
        person.click("button", allow)
        expect(page.get_by_text(f"{side} has let Concord in.")).to_be_visible()
        person.look(f"draft-{side}")
    person.click("button", "Join the two")
    expect(page.get_by_role("heading", name="First sync")).to_be_visible()


def first_sync(person: Person) -> None:
    """Every step of the first sync: check, fields, match, questions, winners, plan, approval, watching it done."""
    page = person.page
    person.look("first")
    person.click("button", "Check now")
    expect(page.locator("#step-1 .pill-good").first).to_be_visible()
    person.look("checked")
    person.click("link", "Directions")
    person.look("directions")
    person.click("link", "First sync")
    person.click("button", "They are meant so")
    person.look("meant-so")
    expect(page.locator("#first-run")).to_be_empty(timeout=WAIT)
    if page.get_by_role("button", name="Read both sides").count():  # else the schedule has read them by itself
        person.click("button", "Read both sides")
        expect(page.locator("#first-run")).to_be_empty(timeout=WAIT)
    person.look("read")
    answer_all(person)
    person.choose("#winner", "salesforce")
    person.click("button", "Choose, and plan again")
    expect(page.locator("#first-run")).to_be_empty(timeout=WAIT)
    person.look("plan")
    person.click("link", "Every change, in order")
    person.look("every-change", glance=True)
    person.click("link", "First sync")
    person.type("#reason", "Looked through with Mere")
    person.click("button", "Approve: carry out exactly this")
    person.look("carrying-out")
    expect(page.get_by_text("That was the first sync.")).to_be_visible(timeout=WAIT)
    person.look("done")


def answer_all(person: Person) -> None:
    """Answer each question that keeps a record from being linked: yes, it is the same."""
    page = person.page
    left = page.locator("#step-3").get_by_role("link", name="to answer")
    if not left.count():
        return
    person.click("link", left.inner_text())
    person.look("questions")
    while page.get_by_role("button", name="Answer", exact=True).count():
        page.locator("article").first.get_by_role("radio").first.check()
        person.steps += 1
        person.click("button", "Answer")
        person.look("answered")
    person.click("link", "Back to the first sync")
