"""One app on one loopback port, in a thread.

Werkzeug's own handler closes every connection after one answer and waits 10 ms for leftovers; the vendors keep
connections alive, and a client's handling of a kept connection that dies is part of what is tested.  So the handler
here reads each body whole and speaks HTTP/1.1.
"""

from __future__ import annotations

import io
import itertools
import socket
import threading
from collections.abc import Iterable
from email.utils import format_datetime
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self, cast

from werkzeug.serving import ThreadedWSGIServer, WSGIRequestHandler

from reconciler.simulators.kit.clock import Clock

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIApplication, WSGIEnvironment

LARGEST_BODY = 64 * 1024 * 1024
BODILESS = {204, 304}


class PortTaken(OSError):
    """Another program listens on the wanted port; the message says which and what to do."""


class _Listener(ThreadedWSGIServer):
    """Knows its open connections, so that stopping it leaves none of them answering."""

    daemon_threads = True

    def __init__(self, host: str, port: int, app: WSGIApplication, clock: Clock, bound: socket.socket) -> None:
        self.clock = clock
        self.open_connections: set[socket.socket] = set()
        super().__init__(host, port, app, handler=_Handler, fd=bound.fileno())

    def hang_up(self) -> None:
        for connection in list(self.open_connections):
            try:
                connection.shutdown(socket.SHUT_RDWR)
            except OSError:
                continue  # already gone


class _Handler(WSGIRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    wbufsize = -1

    @property
    def listener(self) -> _Listener:
        return cast(_Listener, self.server)

    def setup(self) -> None:
        super().setup()
        self.listener.open_connections.add(self.connection)

    def finish(self) -> None:
        self.listener.open_connections.discard(self.connection)
        super().finish()

    def date_time_string(self, timestamp: float | None = None) -> str:
        return format_datetime(self.listener.clock.now(), usegmt=True)

    def log_request(self, code: int | str = "-", size: int | str = "-") -> None:
        """Say nothing: the window shows the calls."""

    def run_wsgi(self) -> None:
        if self.headers.get("Expect", "").strip().lower() == "100-continue":
            self.wfile.write(b"HTTP/1.1 100 Continue\r\n\r\n")
            self.wfile.flush()
        environ = self.make_environ()
        try:
            body = _dechunked(self.rfile) if environ.get("wsgi.input_terminated") else _sized_body(environ)
        except (OSError, ValueError, OverflowError):
            self.close_connection = True
            self.send_error(400, "The body is not what the headers say")
            return
        environ["wsgi.input"], environ["CONTENT_LENGTH"] = io.BytesIO(body), str(len(body))
        environ["wsgi.input_terminated"] = True
        try:
            self._respond(environ)
        except ConnectionError:
            self.close_connection = True

    def _respond(self, environ: WSGIEnvironment) -> None:
        head: list[Any] = []

        def start_response(status: str, headers: list[tuple[str, str]], _: Any = None) -> Any:
            head[:] = [status, headers]
            return self.wfile.write

        parts = self.listener.app(environ, start_response)
        try:
            self._send(parts, head)
        finally:
            if hasattr(parts, "close"):
                parts.close()

    def _send(self, parts: Iterable[bytes], head: list[Any]) -> None:
        rest = iter(parts)
        first = next(rest, b"")
        chunked = self._send_head(head)
        for part in itertools.chain([first], rest):
            self._send_part(part, chunked=chunked)
        if chunked:
            self.wfile.write(b"0\r\n\r\n")
        self.wfile.flush()

    def _send_head(self, head: list[Any]) -> bool:
        status, headers = head
        code, _, reason = status.partition(" ")
        self.send_response(int(code), reason)
        for key, value in headers:
            self.send_header(key, value)
        sized = any(key.lower() == "content-length" for key, _ in headers)
        chunked = not sized and int(code) not in BODILESS and self.command != "HEAD"
        if chunked and self.request_version == "HTTP/1.0":  # such a caller reads until the connection ends
            self.close_connection, chunked = True, False
        if chunked:
            self.send_header("Transfer-Encoding", "chunked")
        self.end_headers()
        return chunked

    def _send_part(self, part: bytes, *, chunked: bool) -> None:
        if part and chunked:
            self.wfile.write(b"%x\r\n%s\r\n" % (len(part), part))
        elif part:
            self.wfile.write(part)
        self.wfile.flush()


def _sized_body(environ: WSGIEnvironment) -> bytes:
    length = int(environ.get("CONTENT_LENGTH") or 0)
    if not 0 <= length <= LARGEST_BODY:
        raise ValueError(length)
    body: bytes = environ["wsgi.input"].read(length)
    return body


def _dechunked(stream: io.BufferedIOBase) -> bytes:
    """Werkzeug's own reader believes any length of a chunk, and reads on for years when the stream has ended."""
    parts: list[bytes] = []
    while size := int(stream.readline(100).partition(b";")[0], 16):
        if not 0 < size <= LARGEST_BODY - sum(map(len, parts)):
            raise ValueError(size)
        parts.append(stream.read(size))
        if len(parts[-1]) < size or stream.readline(3).strip():
            raise ValueError("a chunk is not as long as it says")
    while stream.readline(1000).strip():
        pass  # trailers
    return b"".join(parts)


class Server:
    """`with Server(app, clock=twin.clock) as server: server.url`; port 0 takes a free one."""

    def __init__(self, app: WSGIApplication, *, clock: Clock, port: int = 0, host: str = "127.0.0.1") -> None:
        with _bound(host, port) as bound:
            self._listener = _Listener(host, port, app, clock, bound)
        self._thread = threading.Thread(target=self._listener.serve_forever, args=(0.05,), daemon=True)
        self.url = f"http://{host}:{self._listener.port}"

    def start(self) -> Self:
        self._thread.start()
        return self

    def stop(self) -> None:
        if self._thread.is_alive():
            self._listener.shutdown()
            self._thread.join()
        self._listener.server_close()
        self._listener.hang_up()

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, tb: TracebackType | None) -> None:
        self.stop()


def _bound(host: str, port: int) -> socket.socket:
    try:
        return socket.create_server((host, port), backlog=128)
    except OSError as error:
        raise PortTaken(
            error.errno, f"Port {port} on {host} is not free: stop the program that uses it, or choose another port."
        ) from error
