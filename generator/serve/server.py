"""The server itself: where it listens."""

from __future__ import annotations

import errno
import socket
import sys
from functools import partial
from socketserver import ThreadingTCPServer
from threading import Thread
from types import TracebackType
from typing import Any, Self

from generator.errors import GlasspageError
from generator.serve.events import Events
from generator.serve.handler import Handler
from generator.serve.site import ServedSite

_NEAR = 10  # ports tried, from the one asked for, before any that is free
_ANYWHERE = {"0.0.0.0": "127.0.0.1", "::": "::1"}  # hosts that mean all of this machine's addresses


class Server:
    """Answers requests in threads of its own while it is entered.

    Listens at `port` of `host` or, where that is taken, at another. Raises GlasspageError where it
    can listen at none.
    """

    def __init__(self, site: ServedSite, events: Events, host: str, port: int) -> None:
        self._site = site
        self._events = events
        self._host = host
        self._listener = _listen(host, port, partial(Handler, site, events, host))
        self._thread = Thread(target=self._listener.serve_forever, args=(0.2,), daemon=True)

    @property
    def port(self) -> int:
        return int(self._listener.server_address[1])

    @property
    def address(self) -> str:
        """Where a browser on this machine finds the site's top."""
        host = _ANYWHERE.get(self._host, self._host)
        return f"http://{f'[{host}]' if ':' in host else host}:{self.port}{self._site.base}"

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._events.close()
        self._listener.shutdown()
        self._listener.server_close()


class _Listener(ThreadingTCPServer):
    allow_reuse_address = True  # a server that has just stopped leaves its port to the next
    daemon_threads = True  # an open page does not keep the server from ending
    request_queue_size = 32

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A browser that left is no error."""
        if not isinstance(sys.exception(), ConnectionError):
            super().handle_error(request, client_address)


class _Listener6(_Listener):
    address_family = socket.AF_INET6


def _listen(host: str, port: int, handler: Any) -> _Listener:
    try:
        family = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0][0]
    except (OSError, UnicodeError):
        raise GlasspageError(
            f"there is no host {host!r}",
            hint="name an address of this machine with --host, such as 127.0.0.1.",
        ) from None
    listener = _Listener6 if family == socket.AF_INET6 else _Listener
    for each in (*range(port, min(port + _NEAR, 65536)), 0):
        try:
            return listener((host, each), handler)
        except OSError as error:
            if error.errno != errno.EADDRINUSE:
                raise GlasspageError(
                    f"cannot listen at port {each} of {host}: {error.strerror}",
                    hint="name another with --port or --host.",
                ) from None
    raise GlasspageError(f"no port of {host} is free")
