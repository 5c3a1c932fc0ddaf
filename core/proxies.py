"""Proxy settings of the environment that would stop httpx, and with it Gradio and the Hub's client.

`repair_proxy_settings` is called before either is imported. The changes hold for this process.
"""

import os
from collections.abc import MutableMapping

PROXY_VARIABLES = ("http_proxy", "https_proxy", "all_proxy")
NO_PROXY = "no_proxy"
LOOPBACK = ("localhost", "127.0.0.1", "::1")


def repair_proxy_settings(environment: MutableMapping[str, str] = os.environ) -> list[str]:
    """Take out what httpx refuses, and exempt addresses of this machine from every proxy.

    Parameters
    ----------
    environment : mapping
        Environment variables; changed in place, in both spellings of each name.

    Returns
    -------
    list of str
        One sentence for the log for each variable or entry that was taken out.
    """
    messages = []
    for name in _set_names(environment, PROXY_VARIABLES):
        if problem := _proxy_problem(environment[name]):
            del environment[name]
            messages.append(f"{name} is not used: {problem}.")
    values = [environment.pop(name) for name in _set_names(environment, (NO_PROXY,))]
    entries = [entry.strip() for value in values[:1] for entry in value.split(",") if entry.strip()]
    refused = [entry for entry in entries if not _is_usable_exception(entry)]
    messages += [f"NO_PROXY has {entry!r}, which is not usable: left out." for entry in refused]
    kept = [entry for entry in entries if entry not in refused]
    if "*" not in kept and _set_names(environment, PROXY_VARIABLES):
        kept += [host for host in LOOPBACK if host not in kept]
    if kept:
        environment[NO_PROXY] = environment[NO_PROXY.upper()] = ",".join(kept)
    return messages


def _set_names(environment: MutableMapping[str, str], names: tuple[str, ...]) -> list[str]:
    """Return the spellings that are set, lower case first, as Python prefers it."""
    spellings = [spelling for name in names for spelling in (name, name.upper())]
    return [name for name in spellings if environment.get(name)]


def _proxy_problem(address: str) -> str | None:
    """Return why httpx cannot use a proxy; None if it can."""
    import httpx

    try:
        httpx.Client(proxy=address if "://" in address else f"http://{address}", verify=False)
    except ImportError:
        return "a SOCKS proxy needs pip install socksio"
    except Exception as error:  # httpx raises ValueError and errors of its own
        return " ".join(str(error).split()).rstrip(".")
    return None


def _is_usable_exception(entry: str) -> bool:
    """Return False for an entry of NO_PROXY from which httpx makes no address."""
    if entry.isascii() and entry.replace(".", "").replace("-", "").isalnum():
        return True  # a name or an IPv4 address
    import httpx

    names = (NO_PROXY, NO_PROXY.upper())
    before = {name: os.environ.get(name) for name in names}
    os.environ.update(dict.fromkeys(names, entry))
    proxies = {name: os.environ.pop(name) for name in _set_names(os.environ, PROXY_VARIABLES)}
    try:
        httpx.Client(verify=False)
    except Exception:  # InvalidURL
        return False
    finally:
        os.environ.update(proxies)
        for name, value in before.items():
            os.environ.pop(name)
            if value is not None:
                os.environ[name] = value
    return True
