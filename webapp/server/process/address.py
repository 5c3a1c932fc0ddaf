"""The address that the server listens on: taken before the weights are loaded, opened afterwards.

listener = bind("127.0.0.1", None)    # the first free port from 7860 on
open_listener(listener)               # connections are accepted from now on
"""

import errno
import os
import socket

from core.errors import UserError

LOCALHOST = "127.0.0.1"
DEFAULT_PORT, PORTS = 7860, 100  # without --port the first free one of so many is taken
MAX_PORT = 65_535
BACKLOG = 512  # connections that wait to be accepted
MAX_SHOWN = 80  # characters of a host in a sentence


def bind(host: str, port: int | None, first: int = DEFAULT_PORT) -> socket.socket:
    """Return a socket that holds the port and does not accept connections yet.

    Parameters
    ----------
    host : str
        Name or address; an IPv6 address may stand in brackets.
    port : int or None
        Port; the first free one from `first` on if None, and any free one if 0.

    Raises
    ------
    UserError
        If the port is taken or not allowed, or the host is no address of this machine.
    """
    host = host.strip("[]")
    if port is not None and not 0 <= port <= MAX_PORT:
        raise UserError(f"The port is {port}; give a number from 1 to {MAX_PORT}.")
    ports = [port] if port is not None else range(first, first + PORTS)
    for number in ports:
        try:
            return _bind(host, number)
        except (OSError, UnicodeError) as error:
            failure = error
            if getattr(error, "errno", None) != errno.EADDRINUSE:
                break
    raise UserError(_sentence(host, number, failure)) from failure


def open_listener(listener: socket.socket, is_fixed: bool) -> socket.socket:
    """Return the socket, or one of the next free port, after it accepts connections.

    Parameters
    ----------
    listener : socket.socket
        The bound socket. Another program may have opened its port meanwhile: two may hold one.
    is_fixed : bool
        True if the operator chose the port.

    Raises
    ------
    UserError
        If the chosen port is taken.
    """
    host, port = listener.getsockname()[:2]
    try:
        listener.listen(BACKLOG)
        return listener
    except OSError as error:
        if is_fixed:
            raise UserError(_sentence(host, port, error)) from error
    listener.close()
    return open_listener(bind(host, None, port + 1), is_fixed)


def _bind(host: str, port: int) -> socket.socket:
    family, kind, protocol, _, address = socket.getaddrinfo(
        host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
    )[0]
    listener = socket.socket(family, kind, protocol)
    try:
        if os.name == "posix":  # a port that was just closed is free
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        if family == socket.AF_INET6:  # as the address says; IPv4 has a socket of its own
            listener.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
        listener.bind(address)
        return listener
    except BaseException:
        listener.close()
        raise


def _sentence(host: str, port: int, error: Exception) -> str:
    shown = host[:MAX_SHOWN]
    if getattr(error, "errno", None) == errno.EADDRINUSE:
        return f"Port {port} on {shown} is taken; choose another with --port."
    reason = (getattr(error, "strerror", None) or str(error)).rstrip(".")[:MAX_SHOWN]
    return f"The server cannot listen on {shown}, port {port}: {reason}."
