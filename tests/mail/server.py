"""A mail server in this process, speaking enough of SMTP for a client to be sure that its letter was taken.

Off unless told otherwise: it can refuse letters, demand a sign-in, offer STARTTLS it cannot keep, or be gone.
"""

from __future__ import annotations

import base64
import socketserver
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email import message_from_bytes, policy
from email.message import EmailMessage
from typing import cast


@dataclass(slots=True)
class Mailbox:
    """What has arrived, and how the server behaves."""

    letters: list[EmailMessage] = field(default_factory=list)
    recipients: list[str] = field(default_factory=list)
    logins: list[str] = field(default_factory=list)
    port: int = 0
    busy: bool = False  # answers every letter with "try later"
    starttls: bool = False  # offered, and then refused
    unknown: str = ""  # a recipient that is turned away


class _Speaker(socketserver.StreamRequestHandler):
    @property
    def box(self) -> Mailbox:
        return cast("_Server", self.server).box

    def handle(self) -> None:
        self.say("220 ready")
        while line := self.rfile.readline():
            word, _, rest = line.decode().strip().partition(" ")
            if word.upper() == "QUIT":
                self.say("221 bye")
                return
            getattr(self, f"on_{word.lower()}", self.unknown_word)(rest)

    def say(self, text: str) -> None:
        self.wfile.write(f"{text}\r\n".encode())

    def unknown_word(self, _rest: str) -> None:
        self.say("500 what?")

    def on_ehlo(self, _rest: str) -> None:
        self.say("250-here")
        for name in ["STARTTLS"] if self.box.starttls else []:
            self.say(f"250-{name}")
        self.say("250 AUTH PLAIN")

    def on_starttls(self, _rest: str) -> None:
        self.say("454 not now")

    def on_auth(self, rest: str) -> None:
        self.box.logins.append(base64.b64decode(rest.rpartition(" ")[2]).decode())
        self.say("235 welcome")

    def on_mail(self, _rest: str) -> None:
        self.say("451 later, please" if self.box.busy else "250 fine")

    def on_rcpt(self, rest: str) -> None:
        known = not self.box.unknown or self.box.unknown not in rest
        if known:
            self.box.recipients.append(rest)
        self.say("250 fine" if known else "550 nobody of that name")

    def on_rset(self, _rest: str) -> None:
        self.say("250 fine")

    def on_data(self, _rest: str) -> None:
        self.say("354 go on")
        lines: list[bytes] = []
        while (line := self.rfile.readline()) != b".\r\n":
            lines.append(line.removeprefix(b"."))
        self.box.letters.append(message_from_bytes(b"".join(lines), policy=policy.default))
        self.say("250 taken")


class _Server(socketserver.ThreadingTCPServer):
    daemon_threads = True
    box: Mailbox


@contextmanager
def mail_server() -> Iterator[Mailbox]:
    """Serve on a free port of this machine."""
    box = Mailbox()
    with _Server(("127.0.0.1", 0), _Speaker) as server:
        server.box, box.port = box, server.server_address[1]
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
        thread.start()
        try:
            yield box
        finally:
            server.shutdown()
            thread.join()
