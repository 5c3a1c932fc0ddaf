"""Pages and host names that may use the server: browsers send requests for other sites too.

A page of another site sends its own Origin. A site whose name is made to point at this machine (DNS
rebinding) sends a Host that is not the server's; a name that is an address cannot be such a one.
"""

import ipaddress
import os


def is_foreign(headers: dict[bytes, bytes]) -> bool:
    """Return whether a page of another site sends the request; programs send no Origin."""
    origin = headers.get(b"origin")
    return origin is not None and origin.partition(b"://")[2] != headers.get(b"host")


def is_cross_site(headers: dict[bytes, bytes]) -> bool:
    """Return whether a browser sends the request for a page of another site.

    Browsers say so in Sec-Fetch-Site, whatever Host a proxy sets; older ones send Origin alone.
    """
    site = headers.get(b"sec-fetch-site")
    return site == b"cross-site" if site is not None else is_foreign(headers)


def allowed_hosts() -> set[str]:
    """Return the host names of ALLOWED_HOSTS and, on a Space, that of the Space."""
    names = f"{os.environ.get('ALLOWED_HOSTS', '')},{os.environ.get('SPACE_HOST', '')}"
    return {name.strip().lower() for name in names.split(",") if name.strip()}


def is_own_host(headers: dict[bytes, bytes], allowed: set[str]) -> bool:
    """Return whether Host is an address, localhost or one of the allowed names."""
    host = headers.get(b"host", b"").decode("latin-1").lower()
    name = host[1:].partition("]")[0] if host.startswith("[") else host.partition(":")[0]
    if name == "localhost" or name in allowed:
        return True
    try:
        ipaddress.ip_address(name)
    except ValueError:
        return False
    return True


def with_true_client(scope: dict) -> dict:
    """Return the scope of a call of an agent with its own address alone in X-Forwarded-For.

    Gradio answers the call by calling this server from 127.0.0.1 with the same headers. That is a
    trusted proxy, so that an agent could choose its address by this header.
    """
    client = (scope.get("client") or ("",))[0]
    kept = [pair for pair in scope["headers"] if pair[0].lower() != b"x-forwarded-for"]
    return scope | {"headers": [*kept, (b"x-forwarded-for", client.encode())]}
