"""Decides who may see dev pages: a browser on this machine, and nothing in between.

A dev page shows source code. A web site that rebinds its name to 127.0.0.1 sends its own `Host`; a tunnel or
proxy connects from loopback but says that it forwards; a page elsewhere that scripts a request sends its
`Origin`.
"""

import re
from ipaddress import IPv6Address, ip_address

from starlette.types import Scope

_HOST = re.compile(r"(?P<name>[a-z0-9.-]{1,253}|\[(?=[^\]]*:)[0-9a-f:.]{2,45}\])(?::(?P<port>[0-9]{1,5}))?")
_LABEL = re.compile(r"[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?")
_ORIGIN = re.compile(r"https?://(?P<host>[^/?#@\\]+)")

_FORWARDING = frozenset(
    {
        *(
            "forwarded",
            "via",
            "cdn-loop",
            "client-ip",
            "true-client-ip",
            "remote-addr",
            "x-real-ip",
            "x-client-ip",
        ),
        *(
            "x-cluster-client-ip",
            "x-remote-ip",
            "x-remote-addr",
            "x-host",
            "x-original-host",
            "x-original-url",
        ),
        *(
            "x-proxyuser-ip",
            "x-rewrite-url",
            "x-scheme",
            "x-amzn-trace-id",
            "x-appengine-user-ip",
            "x-tunnel-id",
        ),
    }
)
_FORWARDING_PREFIXES = (
    *("x-forwarded", "forwarded-", "x-original-", "x-real-", "x-proxy-", "cf-", "fastly-", "fly-", "akamai-"),
    *(
        "ngrok",
        "x-ngrok",
        "x-envoy-",
        "x-azure-",
        "x-arr-",
        "x-vercel-",
        "x-localtunnel",
        "tailscale-",
        "x-pagekite",
    ),
)


def may_see_dev_pages(scope: Scope) -> bool:
    """Whether the client is on this machine and asked for it by a loopback name, directly."""
    client = scope.get("client")
    if not client or not is_loopback_address(str(client[0])):
        return False
    hosts: list[bytes] = []
    for name, value in scope.get("headers") or ():
        name = name.lower().replace(b"_", b"-")
        if name == b"host":
            hosts.append(value)
        foreign = name == b"origin" and not _is_loopback_origin(value)
        if foreign or _is_forwarding(name.decode("latin-1")):
            return False
    return len(hosts) == 1 and is_loopback_host(hosts[0].decode("latin-1"))


def is_loopback_host(host: str) -> bool:
    """Whether a `Host` is localhost, a name below it, 127.0.0.0/8 or [::1], with any port."""
    match = _HOST.fullmatch(host.lower())
    if match is None or int(match["port"] or 0) > 65535:
        return False
    name: str = match["name"]
    if name.startswith("["):
        return is_loopback_address(name[1:-1])
    if name == "localhost" or name.endswith(".localhost"):
        return all(_LABEL.fullmatch(label) for label in name.split("."))
    return ":" not in name and is_loopback_address(name)


def is_loopback_address(address: str) -> bool:
    """Whether an IP address, written in full, is this machine's own; no name is resolved."""
    try:
        ip = ip_address(address)
    except ValueError:
        return False
    if isinstance(ip, IPv6Address):
        if ip.scope_id is not None:
            return False
        return ip.ipv4_mapped.is_loopback if ip.ipv4_mapped is not None else ip.is_loopback
    return ip.is_loopback


def _is_loopback_origin(origin: bytes) -> bool:
    match = _ORIGIN.fullmatch(origin.decode("latin-1").lower())
    return match is not None and is_loopback_host(match["host"])


def _is_forwarding(name: str) -> bool:
    return name in _FORWARDING or name.startswith(_FORWARDING_PREFIXES)
