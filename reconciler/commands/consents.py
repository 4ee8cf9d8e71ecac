"""The way through a vendor's consent page and back: one browser, one side of one draft, once, within ten minutes.

What comes back from the browser is whatever somebody put there.  It counts only with a state that we made, that has not
been used, for the browser that was sent, on the address of the vendor that it was sent to.
"""

from __future__ import annotations

import re
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from reconciler.commands import drafts
from reconciler.commands.desk import Desk
from reconciler.commands.drafts import Landed, hashed
from reconciler.core.model import Side
from reconciler.errors import Usage
from reconciler.rules import shipped
from reconciler.store.tables import ConsentRow, DraftSideRow

LIFE = timedelta(minutes=10)
STATE = re.compile(r"[A-Za-z0-9_-]{43}", re.ASCII)
NOT_OURS = "This sign-in was not started in this browser, or it is over already."
START_AGAIN = "Go back to the connection and start once more."
REFUSALS = {
    "access_denied": "The person at the consent page said no.",
    "invalid_scope": "The app may not ask for the scopes that Concord needs.",
    "unauthorized_client": "The vendor does not know this app.",
    "server_error": "The vendor had an error of its own.",
    "temporarily_unavailable": "The vendor cannot serve us just now.",
}


@dataclass(frozen=True, slots=True)
class _Held:
    """A consent row, taken out of the table: it is used up, whatever comes of it."""

    state: str
    browser: str
    side: Side
    url: str
    access_id: int
    draft_id: int
    redirect: str
    verifier: bytes
    started_at: datetime
    started_by: str


def start(
    session: Session, desk: Desk, draft_id: int, side: Side, *, redirect: str, browser: str, by: str, now: datetime
) -> str:
    """Send a browser to the consent page: returns its address, and remembers what must come back."""
    row = session.get_one(DraftSideRow, (draft_id, side.value))
    url, access_id = row.url, row.access_id
    if access_id is None:
        raise Usage("Nothing is known of the app yet.", remedy="Give its client id first.")
    state, verifier = secrets.token_urlsafe(32), secrets.token_urlsafe(32)
    session.execute(delete(ConsentRow).where(ConsentRow.started_at < now - LIFE))
    session.add(
        ConsentRow(
            state=hashed(state),
            browser=hashed(browser),
            side=side.value,
            url=url,
            access_id=access_id,
            draft_id=draft_id,
            redirect=redirect,
            verifier=desk.seal(verifier, f"consent {hashed(state)}"),
            started_at=now,
            started_by=by,
        )
    )
    session.commit()
    return desk.consent_address(side, url, access_id, redirect=redirect, state=state, verifier=verifier)


def finish(
    session: Session, desk: Desk, side: Side, *, state: str, code: str, error: str, browser: str, now: datetime
) -> Landed:
    """The browser is back: exchange its code, look at the side, note who was found.

    Raises `Several` when a person must choose first: the sign-in is kept, and `drafts.check` goes on from there.
    """
    held = _take(session, state)
    if held is None or held.side is not side or held.browser != hashed(browser) or now - held.started_at > LIFE:
        raise Usage(NOT_OURS, remedy=START_AGAIN)
    if error or not code:
        raise Usage(REFUSALS.get(error, "The consent page did not let the app in."), remedy=START_AGAIN)
    pinned = drafts.pinned(session, held.draft_id, side)
    verifier = desk.unseal(held.verifier, f"consent {held.state}")
    desk.redeem(side, held.url, held.access_id, code=code, redirect=held.redirect, verifier=verifier)
    identity, missing = desk.look_with(side, held.url, held.access_id, shipped(), organisation=pinned)
    return drafts.found(session, held.draft_id, side, identity, missing, by=held.started_by, now=now)


def whereto(session: Session, state: str) -> tuple[int, Side] | None:
    """The draft and side a state belongs to, to lead a person on; nothing is used up."""
    row = session.get(ConsentRow, hashed(state))
    found = None if row is None else (row.draft_id, Side(row.side))
    session.rollback()
    return found


def _take(session: Session, state: str) -> _Held | None:
    if not STATE.fullmatch(state):
        return None
    row = session.scalar(select(ConsentRow).where(ConsentRow.state == hashed(state)))
    if row is None:
        session.rollback()
        return None
    held = _Held(
        row.state, row.browser, Side(row.side), row.url, row.access_id, row.draft_id, row.redirect, row.verifier,
        row.started_at, row.started_by,
    )  # fmt: skip
    session.delete(row)
    session.commit()
    return held
