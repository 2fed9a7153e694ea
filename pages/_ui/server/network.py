"""Where on the network this server can be reached, and what that means."""

from __future__ import annotations

import socket
from contextlib import suppress
from functools import cache
from ipaddress import ip_address

from pages._ui.texts import text

_OUTSIDE = "192.0.2.1"  # an address for documentation: nothing is sent there


def exposed(address: str | None, port: int, base_path: str = "") -> list[str]:
    """The app's addresses for other machines; none if only this one is served.

    Args:
        address: that the server listens on, an IP address or a name; None is every address.
        base_path: below which the app is, "" or "vae", say.
    """
    if address and _is_loopback(address):
        return []
    hosts = [address] if address and not _is_any(address) else _own_addresses()
    path = f"/{base_path.strip('/')}" if base_path.strip("/") else ""
    return [f"http://{f'[{host}]' if ':' in host else host}:{port}{path}/" for host in hosts]


def announcement(addresses: list[str]) -> str:
    """What is exposed, for the terminal: where, and what anybody there can do."""
    return text("server.exposed", addresses="\n".join(f"  {each}" for each in addresses))


def _is_loopback(address: str) -> bool:
    try:
        return ip_address(address).is_loopback
    except ValueError:
        return address == "localhost"


def _is_any(address: str) -> bool:
    try:
        return ip_address(address).is_unspecified
    except ValueError:
        return False


@cache
def _own_addresses() -> list[str]:
    """This machine's IPv4 addresses, the one that other networks are reached from first."""
    found = []
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe, suppress(OSError):
        probe.connect((_OUTSIDE, 9))
        found.append(str(probe.getsockname()[0]))
    with suppress(OSError):  # a name that nobody knows
        named = socket.getaddrinfo(socket.gethostname(), None, socket.AF_INET)
        found += [str(address[0]) for *_, address in named]
    return [host for host in dict.fromkeys(found) if not ip_address(host).is_loopback]
