"""Turns the table of a provider (`provider.toml`) and the options given into what its templates are told."""

import json
from collections.abc import Mapping
from typing import Any, cast
from urllib.parse import unquote

from routegen.errors import UsageError
from routegen.scaffold.naming import identifier, snake
from routegen.scaffold.options import Size, Value
from routegen.scaffold.pattern import Provider

_MIB = 1024 * 1024


def context(provider: Provider, options: Mapping[str, Value]) -> dict[str, Any]:
    """What the templates of a provider read besides the manifest itself.

    Raises:
        UsageError: options of a signature that make no sense together.
    """
    scheme = provider.scheme
    handshakes = cast("list[dict[str, Any]]", scheme.get("handshakes", []))
    greetings = [shake["type"] for shake in handshakes if "type" in shake]
    _check_clock(_given(provider, options))
    signature = _signature(provider, options)
    request, delivery = scheme.get("request", {}), scheme.get("delivery", {})
    limit = int(request.get("body_limit", 0))
    return {
        "module": identifier(provider.name),
        "secret": provider.variables[0].name if provider.variables else "",
        "events": _events(provider, greetings),
        "handshakes": json.dumps(greetings) if greetings else "",
        "asked_by": [shake["method"] for shake in handshakes if "method" in shake],
        "body_limit": Size("", limit).code if limit > _MIB else "",
        "url_variable": request.get("url_variable", ""),
        "batch": bool(scheme.get("event", {}).get("batch")),
        "deadline": delivery.get("deadline", 0),
        "policy": delivery.get("policy", ""),
        "custom": _arguments(provider, options),
        **signature,
    }


def _events(provider: Provider, greetings: list[str]) -> list[dict[str, str]]:
    """The events that a handler is shown dealing with; a handshake never gets there."""
    types = [unquote(name) for name in provider.events]
    return [
        {"type": type, "name": f"on_{snake(type)}", "sentence": f"{_words(type)}."}
        for type in types
        if type not in greetings
    ]


def _words(type: str) -> str:
    """The type as the beginning of a sentence: `invoice.payment_failed` gives `Invoice payment failed`."""
    words = snake(type).replace("_", " ")
    return words.capitalize() if not words.isdigit() else f"Something of type {words} happened"


def _signature(provider: Provider, options: Mapping[str, Value]) -> dict[str, Any]:
    """What the tests must know of the first way to sign: its header, what it covers, how old it may be."""
    signatures = cast("list[dict[str, Any]]", provider.scheme.get("signatures", [{}]))
    first = {**signatures[0], **_given(provider, options)}
    signed = first.get("signed", "{body}")
    is_json = provider.scheme.get("request", {}).get("content_type", "application/json") == "application/json"
    return {
        "header": first.get("header", ""),
        "broken": first.get("prefix", ""),
        "tolerance": int(first.get("tolerance") or 0),
        "covered": first.get("algorithm") != "token" and ("{body}" in signed or "{params}" in signed),
        "is_json": is_json and "body" not in first,
    }


def _given(provider: Provider, options: Mapping[str, Value]) -> dict[str, Any]:
    """The arguments of `routegen.webhooks.custom` that options of the provider stand for, by name."""
    found: dict[str, Any] = {
        option.name: options[option.name]
        for option in provider.options
        if option.kind != "flag" and options[option.name]
    }
    if found.get("algorithm") == "token":
        found["encoding"] = "plain"  # a shared token is sent as it is
    if "timestamp" in found:
        found["tolerance"] = found.pop("tolerance", "300")
    return found


def _arguments(provider: Provider, options: Mapping[str, Value]) -> list[str]:
    """The arguments of `webhooks.custom(...)` as code; none for a provider whose scheme is known."""
    given = _given(provider, options)
    return [f"{name}={value if name == 'tolerance' else json.dumps(value)}" for name, value in given.items()]


def _check_clock(given: Mapping[str, Any]) -> None:
    """Refuse an age limit that would refuse everything, or nothing."""
    clock, signed = given.get("timestamp", ""), given.get("signed", "")
    tolerance = given.get("tolerance", "0")
    if not clock and ("tolerance" in given or "{timestamp}" in signed):
        what = "--tolerance" if "tolerance" in given else "--signed {timestamp}"
        raise UsageError(
            f"`{what}` needs `--timestamp`: where the sender says when it signed",
            hint="for example `--timestamp '{header:X-Timestamp}'`",
        )
    if clock and not clock.startswith("{json:") and "{timestamp}" not in signed:
        raise UsageError(
            "a timestamp that is not signed protects nothing: anyone can replace it",
            hint="for example `--signed '{timestamp}.{body}'`",
        )
    if not tolerance.isdigit():
        raise UsageError(f"`{tolerance}` is no value of `--tolerance`", hint="for example `--tolerance 300`")
