"""Answers to requests: the site's files, and what keeps open pages up to date."""

from __future__ import annotations

from http import HTTPStatus
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import orjson

from generator.serve.events import Events
from generator.serve.host import is_ours
from generator.serve.kind import HTML, PLAIN, kind_of
from generator.serve.page import OWN, empty, live
from generator.serve.site import NOT_FOUND, Moved, ServedSite

# What a careful host would allow: nothing inline but styles, nothing from elsewhere. Search needs
# to run the WebAssembly that it brings.
POLICY = (
    "default-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; "
    "script-src 'self' 'wasm-unsafe-eval'"
)
_OURS = ("live.css", "live.js")
_HERE = Path(__file__).parent
_SILENCE = 15.0  # seconds until a stream is written to, which tells whether anybody reads it
_AGAIN = 1000  # milliseconds until a page asks again whose stream broke off


class Handler(BaseHTTPRequestHandler):
    """Answers one connection."""

    protocol_version = "HTTP/1.1"
    server_version = "glasspage"
    sys_version = ""

    def __init__(self, site: ServedSite, events: Events, host: str, *args: Any) -> None:
        self._site = site
        self._events = events
        self._host = host  # where the server listens
        super().__init__(*args)

    def do_GET(self) -> None:
        self._answer()

    def do_HEAD(self) -> None:
        self._answer()

    def end_headers(self) -> None:
        self.send_header("Cache-Control", "no-store")
        self.send_header("Content-Security-Policy", POLICY)
        super().end_headers()

    def log_message(self, format: str, *args: Any) -> None:
        """The terminal is for what the author has to know."""

    def _answer(self) -> None:
        if not (self.path.startswith("/") and is_ours(self.headers.get("Host"), self._host)):
            message = b"This server shows one site, under the address that it told when it began.\n"
            self._send(HTTPStatus.MISDIRECTED_REQUEST, PLAIN, message)
            return
        asked = urlsplit(self.path)
        if asked.path.startswith(OWN):
            self._answer_own(asked.path.removeprefix(OWN), parse_qs(asked.query))
            return
        moment = self._events.now  # before the file is read
        found = self._site.find(asked.path)
        if isinstance(found, Moved):
            query = f"?{asked.query}" if asked.query else ""
            self._send(HTTPStatus.FOUND, HTML, b"", {"Location": found.address + query})
        elif found is None:
            self._answer_missing(moment)
        else:
            try:
                content = found.file.read_bytes()
            except OSError:  # the output has just been replaced by one without it
                self._answer_missing(moment)
                return
            if found.path.endswith(".html"):
                content = live(content, found.path, self._site.base, moment)
            self._send(HTTPStatus.OK, kind_of(found.path), content)

    def _answer_missing(self, moment: str) -> None:
        status = HTTPStatus.NOT_FOUND
        page = self._site.file(NOT_FOUND)
        if page is not None:
            content = page.read_bytes()
        elif self._site.folder.exists():
            content = empty("Not found", "There is nothing at this address.")
        else:
            status = HTTPStatus.SERVICE_UNAVAILABLE
            content = empty("Nothing here yet", "This page opens by itself once the site is made.")
        self._send(status, HTML, live(content, None, self._site.base, moment))

    def _answer_own(self, name: str, query: dict[str, list[str]]) -> None:
        if name == "events":
            page, moment = (query.get(key, [""])[0] for key in ("page", "moment"))
            self._stream(page, self.headers.get("Last-Event-ID", moment))
        elif name in _OURS:
            self._send(HTTPStatus.OK, kind_of(name), (_HERE / name).read_bytes())
        else:
            self._send(HTTPStatus.NOT_FOUND, PLAIN, b"not found\n")

    def _send(
        self, status: HTTPStatus, kind: str, content: bytes, more: dict[str, str] | None = None
    ) -> None:
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(content)))
        for name, value in (more or {}).items():
            self.send_header(name, value)
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(content)

    def _stream(self, page: str, moment: str) -> None:
        """Tell an open page what happens, from a moment on, until it or the server is gone.

        See "Server-sent events" in the HTML standard.
        """
        self.close_connection = True
        self.send_response(HTTPStatus.OK)
        self.send_header("Content-Type", "text/event-stream; charset=utf-8")
        self.send_header("Connection", "close")
        self.end_headers()
        if self.command == "HEAD":
            return
        self._events.opened = page if self._site.file(page) else None
        self.wfile.write(f"retry: {_AGAIN}\n".encode())
        while not self._events.closed:
            happened = self._events.after(moment)
            moment = happened.at
            self.wfile.write(b"id: %b\ndata: %b\n\n" % (moment.encode(), orjson.dumps(happened)))
            while not self._events.wait(moment, _SILENCE):
                self.wfile.write(b":\n\n")
