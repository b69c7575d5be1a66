"""The socket that the window is served on, and what a browser calls it."""

from __future__ import annotations

import ipaddress
import os
import socket

from rag.errors import IbidError


def listen(host: str, port: int) -> socket.socket:
    """A socket that listens there; port 0 takes any free one.

    Raises:
        IbidError: the port cannot be had, or there is no such host.
    """
    if not 0 <= port <= 65535:
        raise IbidError(f"there is no port {port}; choose one up to 65535 with --port")
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
        family, kind, protocol, _, where = found[0]
        listener = socket.socket(family, kind, protocol)
    except OSError as error:
        raise IbidError(f"cannot listen on {host!r}: {error.strerror}") from None
    try:
        if os.name == "posix":  # elsewhere this would share a port that is in use
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind(where)
        listener.listen(128)
    except OSError as error:
        listener.close()
        raise IbidError(
            f"port {port} of {host} cannot be had ({error.strerror}); choose another with --port"
        ) from None
    return listener


def on_this_machine(listener: socket.socket) -> tuple[str, int] | None:
    """The loopback address and port on which what listens is reached from this machine, if any."""
    address, port = listener.getsockname()[:2]
    where = ipaddress.ip_address(address)
    if where.is_unspecified:
        return ("127.0.0.1" if where.version == 4 else "::1"), port
    return (address, port) if where.is_loopback else None


def address(host: str, port: int) -> str:
    """What a browser on this machine calls it."""
    name = "localhost" if host in ("", "0.0.0.0", "::") else host
    return f"http://[{name}]:{port}" if ":" in name else f"http://{name}:{port}"
