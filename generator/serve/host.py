"""The host that a request names. A page of another site may have its own name lead to this machine
(DNS rebinding), and would then be let read what is served; so other names are refused."""

from __future__ import annotations

import ipaddress
import socket
from urllib.parse import urlsplit

_HERE = {"localhost", "127.0.0.1", "::1"}


def is_ours(named: str | None, bound: str) -> bool:
    """Whether the `Host` of a request can be that of a server which listens at the host `bound`.

    One that listens to other machines is also known by its addresses and by the machine's name.
    """
    try:
        name = urlsplit(f"//{named or ''}").hostname
    except ValueError:  # brackets that hold no address
        return False
    if name is None:
        return False
    if name in {*_HERE, bound.lower()}:
        return True
    machine = socket.gethostname().lower()
    return bound not in _HERE and (_is_address(name) or name in {machine, f"{machine}.local"})


def _is_address(name: str) -> bool:
    try:
        ipaddress.ip_address(name)
    except ValueError:
        return False
    return True
