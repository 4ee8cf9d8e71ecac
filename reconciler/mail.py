"""Mail to the people who look after Concord: what changed, once, and one letter a day about what waits for them.

Plain SMTP.  What to say is decided in `core.notices`; here it is looked up, claimed, sent and noted.  Nothing here is
part of a run: a mail server that is down costs a line in the log and on the settings page, and the next look tries
again.
"""

from __future__ import annotations

import hashlib
import logging
import smtplib
import ssl
from collections.abc import Callable, Collection
from dataclasses import dataclass
from datetime import datetime, time
from email.message import EmailMessage
from email.utils import format_datetime, make_msgid
from typing import Any
from urllib.parse import unquote, urlsplit

from sqlalchemy import Engine
from sqlalchemy.orm import Session

from reconciler.core.notices import Letter, digest, digest_time, news
from reconciler.errors import Unavailable, Usage
from reconciler.ports import Clock
from reconciler.queries import connections, notices
from reconciler.settings import Settings
from reconciler.store import mailings

log = logging.getLogger(__name__)

DIGEST = "digest"
PATIENCE = 10.0  # seconds for each answer of the mail server
Decided = tuple[Collection[str], Letter | None]  # what people will then know, and the letter that tells them
Decide = Callable[[Session, Any], Decided]
LOOPBACK = {"127.0.0.1", "localhost", "::1"}


@dataclass(frozen=True, slots=True)
class Post:
    """Where mail goes out, from whom and to whom.  The name and password of the mail server stay out of `repr`."""

    host: str
    port: int
    encrypted: bool  # from the first byte on; otherwise by STARTTLS
    login: tuple[str, str]
    sender: str
    recipients: tuple[str, ...]
    portal: str
    digest_at: time

    def __repr__(self) -> str:
        return f"Post({self.host}:{self.port})"

    @property
    def server(self) -> str:
        """The server, as a page may show it."""
        return f"{self.host}:{self.port}"


def post(settings: Settings) -> Post | None:
    """The mail settings; None without a mail server.  Raises `Usage` for settings that cannot be used."""
    values = settings.values
    if not values["SMTP_URL"]:
        return None
    try:
        url = urlsplit(values["SMTP_URL"])
        port = url.port or (465 if url.scheme == "smtps" else 587)
        at = time.fromisoformat(values["MAIL_DIGEST_AT"])
    except ValueError:
        raise Usage("CONCORD_SMTP_URL or CONCORD_MAIL_DIGEST_AT cannot be read.", remedy=_EXAMPLE) from None
    recipients = tuple(filter(None, (each.strip() for each in values["MAIL_TO"].split(","))))
    if url.scheme not in {"smtp", "smtps"} or not url.hostname or not recipients or not values["MAIL_FROM"]:
        raise Usage("The mail settings are not complete.", remedy=_EXAMPLE)
    return Post(
        host=url.hostname,
        port=port,
        encrypted=url.scheme == "smtps",
        login=(unquote(url.username or ""), unquote(url.password or "")),
        sender=values["MAIL_FROM"],
        recipients=recipients,
        portal=values["PUBLIC_URL"].rstrip("/") or f"http://localhost:{settings.port}",
        digest_at=at,
    )


_EXAMPLE = (
    "Give CONCORD_SMTP_URL as smtp://name:password@host:587 or smtps://..., with CONCORD_MAIL_FROM, CONCORD_MAIL_TO"
    " and, if need be, CONCORD_MAIL_DIGEST_AT as 07:00."
)


def send(post: Post, letter: Letter, now: datetime, message_id: str) -> None:
    """Send one letter; raises `Unavailable` when the mail server does not take it for everybody."""
    message = EmailMessage()
    message["Subject"], message["From"], message["To"] = letter.subject, post.sender, ", ".join(post.recipients)
    message["Date"], message["Message-ID"] = format_datetime(now), message_id
    message["Auto-Submitted"] = "auto-generated"  # no answering machine is to write back
    message.set_content(letter.text)
    try:
        with _server(post) as server:
            refused = server.send_message(message)
    except (OSError, smtplib.SMTPException) as error:
        # The server's own sentence may quote addresses; its kind says enough.
        raise Unavailable(f"The mail server {post.server} did not take a letter ({_kind(error)}).") from None
    if refused:
        raise Unavailable(f"The mail server {post.server} refused {len(refused)} of the recipients.")


def _kind(error: Exception) -> str:
    code = getattr(error, "smtp_code", None)
    return f"{type(error).__name__} {code}" if code else type(error).__name__


def _server(post: Post) -> smtplib.SMTP:
    """Connected and signed in.  Off this machine nothing is said in the clear, whatever the server offers."""
    trusted = ssl.create_default_context()
    if post.encrypted:
        server: smtplib.SMTP = smtplib.SMTP_SSL(post.host, post.port, timeout=PATIENCE, context=trusted)
    else:
        server = smtplib.SMTP(post.host, post.port, timeout=PATIENCE)
    try:
        server.ehlo()
        if not post.encrypted and (server.has_extn("starttls") or post.host not in LOOPBACK):
            server.starttls(context=trusted)
            server.ehlo()
        if post.login[0]:
            server.login(*post.login)
    except BaseException:
        server.close()
        raise
    return server


def send_test(post: Post | None, now: datetime) -> None:
    """Send a letter that says only that mail arrives; raises what went wrong."""
    if post is None:
        raise Usage("No mail server is set.", remedy=_EXAMPLE)
    text = f"This is a test: mail from Concord arrives.\n\n{post.portal}/\n"
    send(post, Letter("Concord: a test", text), now, make_msgid(domain="concord.invalid"))


@dataclass(frozen=True, slots=True)
class Postman:
    """Looks what there is to tell, and tells it."""

    post: Post | None
    engine: Engine
    clock: Clock

    def look(self) -> int:
        """Tell what has changed since the last look; returns how many letters went out.  Raises nothing for mail."""
        if self.post is None:
            return 0
        with Session(self.engine) as session:
            ids = [each.id for each in connections.connections(session)]
        with self.engine.begin() as db:
            mailings.forget_all_but(db, [DIGEST, *(_name(each) for each in ids)])
        return sum(self._news(each) for each in ids) + self._digest(ids)

    def _news(self, connection_id: int) -> bool:
        def decide(session: Session, row: Any) -> Decided:
            found = notices.condition(session, connection_id, self.clock.now())
            return found.faults, news(found, row.told, self._portal)

        return self._tell(_name(connection_id), decide)

    def _digest(self, ids: Collection[int]) -> bool:
        def decide(session: Session, row: Any) -> Decided:
            now = self.clock.now()
            if self.post is None or row.looked_at >= digest_time(self.post.digest_at, now):
                return row.told, None
            letter = digest([notices.waits(session, each, now) for each in ids], self._portal)
            return [f"{digest_time(self.post.digest_at, now):%Y-%m-%d}"], letter

        return self._tell(DIGEST, decide)

    @property
    def _portal(self) -> str:
        return self.post.portal if self.post else ""

    def _tell(self, name: str, decide: Decide) -> bool:
        """Decide and claim in one short transaction, send outside of any, and note what became of it."""
        now = self.clock.now()
        with Session(self.engine) as session:
            row = mailings.mailing(session.connection(), name, now)
            if row.held_until is not None and row.held_until > now:
                return False
            faults, letter = decide(session, row)
            if letter is None:
                if sorted(faults) != row.told:
                    mailings.told(session.connection(), name, faults, now, sent=False)
            else:
                mailings.claim(session.connection(), name, now)
            session.commit()
        return letter is not None and self._send(name, faults, letter, row.serial)

    def _send(self, name: str, faults: Collection[str], letter: Letter, serial: int) -> bool:
        mark = hashlib.sha256(letter.text.encode()).hexdigest()[:16]
        # The same letter bears the same id, so that one sent twice by a crash shows up once in most mailboxes.
        message_id = f"<{name.replace(' ', '-')}.{serial}.{mark}@concord.invalid>"
        try:
            if self.post is not None:
                send(self.post, letter, self.clock.now(), message_id)
        except Unavailable as error:
            log.warning("mail.failed", extra={"error": type(error).__name__})
            with self.engine.begin() as db:
                mailings.failed(db, name, str(error), self.clock.now())
            return False
        with self.engine.begin() as db:
            mailings.told(db, name, faults, self.clock.now(), sent=True)
        log.info("mail.sent")
        return True


def _name(connection_id: int) -> str:
    return f"connection {connection_id}"
