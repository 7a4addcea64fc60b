"""Makes the event to send: a provider's sample, as new as if it had just happened, with the values asked for."""

import copy
import json
import re
import secrets
import string
import time
import uuid
from collections.abc import Iterable
from difflib import get_close_matches
from typing import Any, cast

from routegen.errors import UsageError
from routegen.webhooks import Scheme

_UUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.IGNORECASE)
_LETTERS = string.ascii_letters + string.digits


def sample(scheme: Scheme, event: str) -> Any:
    """The provider's sample payload of an event type, to be changed freely.

    Raises:
        UsageError: there is none; the hint offers the nearest.
    """
    if event not in scheme.events:
        near = get_close_matches(event, scheme.events, n=1, cutoff=0.5)
        offer = f"did you mean `{near[0]}`? " if near else ""
        raise UsageError(
            f"there is no sample `{event}` of `{scheme.name}`",
            hint=f"{offer}events: {', '.join(scheme.events)}; `--set` makes others of them",
        )
    return copy.deepcopy(scheme.events[event])


def ordinary(scheme: Scheme) -> list[str]:
    """The sample events that are no handshakes."""
    shakes = {shake.type for shake in scheme.handshakes}
    return [event for event in scheme.events if event not in shakes]


def renew(scheme: Scheme, payload: Any) -> Any:
    """Give the payload a new id, of the form of the old one; where it has none, another object and a new time."""
    paths = [
        token.argument
        for template in scheme.ids
        for token in template.parts
        if not isinstance(token, bytes) and token.kind == "json"
    ]
    changed = False
    for path in paths:
        old = _get(payload, path)
        if isinstance(old, (str, int)) and not isinstance(old, bool) and path not in _types(scheme):
            _set(payload, path, _like(old), path)
            changed = True
    if not changed and isinstance(payload, dict):
        _touch(cast("dict[str, Any]", payload))
        _exchange_object(cast("dict[str, Any]", payload))
    return cast("Any", payload)


def change(payload: Any, settings: Iterable[str]) -> Any:
    """Apply `a.b=value` settings; a value is JSON where it is that, else text.

    Raises:
        UsageError: a setting has no `=`, or its path leads through a value that has no members.
    """
    for setting in settings:
        path, is_set, text = setting.partition("=")
        if not is_set or not path:
            raise UsageError(
                f"`--set {setting}` sets nothing", hint="for example `--set data.object.amount=500`"
            )
        try:
            value = json.loads(text)
        except ValueError:
            value = text
        _set(payload, path, value, setting)
    return payload


def _types(scheme: Scheme) -> set[str]:
    """The places of the event type, some of which are part of an id (Twilio's status)."""
    return {
        token.argument
        for template in scheme.types
        for token in template.parts
        if not isinstance(token, bytes) and token.kind == "json"
    }


def _like(old: str | int) -> str | int:
    """A new value of the form of the old one: `evt_…` stays `evt_…`."""
    if isinstance(old, int):
        lowest = 10 ** max(len(str(old)) - 1, 8)  # nine digits at least, so that no two are the same
        return secrets.randbelow(9 * lowest) + lowest
    if _UUID.fullmatch(old):
        return str(uuid.uuid4())
    if old.isdigit():
        return str(_like(int(old)))
    start = old.rfind("_") + 1
    length = max(len(old) - start, 12)
    return old[:start] + "".join(secrets.choice(_LETTERS) for _ in range(length))


def _exchange_object(payload: dict[str, Any]) -> None:
    """Give the outermost member called `id` another value: the event is about another object."""
    level = [payload]
    while level:
        for part in level:
            old = part.get("id")
            if isinstance(old, (str, int)) and not isinstance(old, bool):
                part["id"] = _like(old)
                return
        inner: list[Any] = [value for part in level for value in part.values()]
        level = [cast("dict[str, Any]", value) for value in inner if isinstance(value, dict)]


def _touch(payload: dict[str, Any]) -> None:
    """Set the first time in the payload to now, to the millisecond where it counts those."""
    for name, value in payload.items():
        if isinstance(value, int) and len(str(value)) in (10, 13):
            payload[name] = time.time_ns() // (10**6 if len(str(value)) == 13 else 10**9)
            return


def _get(payload: Any, path: str) -> Any:
    for key in path.split("."):
        if isinstance(payload, dict):
            payload = cast("dict[str, Any]", payload).get(key)
        elif isinstance(payload, list) and key.isdigit() and int(key) < len(cast("list[Any]", payload)):
            payload = cast("list[Any]", payload)[int(key)]
        else:
            return None
    return payload


def _set(payload: Any, path: str, value: Any, setting: str) -> None:
    *above, last = path.split(".")
    for key in above:
        inner: Any = _get(payload, key)
        if inner is None and isinstance(payload, dict):
            inner = cast("dict[str, Any]", payload).setdefault(key, {})
        payload = cast("Any", inner)
    if isinstance(payload, dict):
        cast("dict[str, Any]", payload)[last] = value
    elif isinstance(payload, list) and last.isdigit() and int(last) < len(cast("list[Any]", payload)):
        cast("list[Any]", payload)[int(last)] = value
    else:
        raise UsageError(
            f"`--set {setting}`: the event has no such place", hint="see `routegen webhook events`"
        )
