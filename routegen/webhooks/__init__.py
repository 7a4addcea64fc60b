"""Webhooks of any provider: verified, named, answered and signed by one table, which is data.

    receive      in a handler: the verified delivery of a request, in one line
    received     the answer that the provider wants for it
    verify       the same decision over bytes, without a web framework
    handshake    the answer to a delivery that only shakes hands
    accepted     the answer that counts as delivered, as data
    sign         the headers that a provider would send with a body
    compose      the whole request that a provider would send
    find         what is known about a provider: its `Scheme`
    load         a scheme from a folder of one's own
    new_keys     fresh keys of the form that a provider has, to try a handler with
    custom       a scheme for a sender that is no known provider
    providers    the names of all providers

Names are resolved on first use (PEP 562): verifying needs the standard library only.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from routegen.webhooks.handshakes import accepted, handshake
    from routegen.webhooks.options import custom
    from routegen.webhooks.outgoing import Outgoing, compose, encode, sign
    from routegen.webhooks.pairs import Keys, new_keys
    from routegen.webhooks.receiver import Answered, receive, received
    from routegen.webhooks.registry import find, load, providers
    from routegen.webhooks.result import Answer, Event, Rejected, Verified
    from routegen.webhooks.scheme import Delivery, Handshake, Scheme, Signature
    from routegen.webhooks.verifier import verify

_HOME = {
    "Answer": "result",
    "Answered": "receiver",
    "Delivery": "scheme",
    "Event": "result",
    "Handshake": "scheme",
    "Keys": "pairs",
    "Outgoing": "outgoing",
    "Rejected": "result",
    "Scheme": "scheme",
    "Signature": "scheme",
    "Verified": "result",
    "accepted": "handshakes",
    "compose": "outgoing",
    "custom": "options",
    "encode": "outgoing",
    "find": "registry",
    "handshake": "handshakes",
    "load": "registry",
    "new_keys": "pairs",
    "providers": "registry",
    "receive": "receiver",
    "received": "receiver",
    "sign": "outgoing",
    "verify": "verifier",
}

__all__ = [
    "Answer",
    "Answered",
    "Delivery",
    "Event",
    "Handshake",
    "Keys",
    "Outgoing",
    "Rejected",
    "Scheme",
    "Signature",
    "Verified",
    "accepted",
    "compose",
    "custom",
    "encode",
    "find",
    "handshake",
    "load",
    "new_keys",
    "providers",
    "receive",
    "received",
    "sign",
    "verify",
]


def __getattr__(name: str) -> Any:
    if name not in _HOME:
        raise AttributeError(f"module 'routegen.webhooks' has no attribute {name!r}")
    found = globals()[name] = getattr(import_module(f"routegen.webhooks.{_HOME[name]}"), name)
    return found


def __dir__() -> list[str]:
    return sorted(__all__)
