"""Turns a `provider.toml` (its title, docs, variables and the tables below `scheme`) into a Scheme."""

from collections.abc import Mapping
from typing import Any, TypeVar, cast

from routegen.webhooks.scheme import (
    ALGORITHMS,
    ENCODINGS,
    KEY_FORMS,
    MIB,
    Alias,
    Delivery,
    Handshake,
    Scheme,
    Signature,
)
from routegen.webhooks.template import Template, TemplateError, parse

T = TypeVar("T")


class ManifestError(ValueError):
    """A `provider.toml` lacks a key, or has one of another type, of no meaning, or misspelt."""


def read(name: str, data: Mapping[str, Any], events: Mapping[str, Any]) -> Scheme:
    """The scheme that a parsed `provider.toml` describes.

    Raises:
        ManifestError: it describes none; the message names the key.
    """
    try:
        return _scheme(name, Table(data), events)
    except TemplateError as error:
        raise ManifestError(str(error)) from None


def _scheme(name: str, top: "Table", events: Mapping[str, Any]) -> Scheme:
    scheme = top.table("scheme")
    request, event = scheme.table("request", {}), scheme.table("event")
    found = Scheme(
        name=name,
        title=top.take("title", str),
        docs=top.take("docs", str),
        signatures=tuple(_signature(row) for row in scheme.tables("signatures")),
        ids=_templates(event, "id"),
        types=_templates(event, "type"),
        batch=event.take("batch", bool, False),
        content_type=request.take("content_type", str, "application/json"),
        body_limit=request.take("body_limit", int, MIB),
        handshakes=tuple(_handshake(row) for row in scheme.tables("handshakes")),
        delivery=_delivery(scheme.table("delivery")),
        aliases=_aliases(scheme),
        variables=tuple(row.take("name", str) for row in top.tables("variables")),
        url_variable=request.take("url_variable", str, ""),
        events=events,
    )
    request.no_more()
    event.no_more()
    if not found.signatures:
        raise ManifestError("`scheme.signatures` is missing")
    for alias, known in found.aliases.items():
        _consistent_alias(found, alias, known)
    return found


def _aliases(scheme: "Table") -> dict[str, Alias]:
    names = cast("dict[str, object]", scheme.take("aliases", dict, {}))
    rows = Table(names)
    return {name: _alias(rows.table(name)) for name in names}


def _alias(row: "Table") -> Alias:
    found = Alias(
        title=row.take("title", str),
        docs=row.take("docs", str),
        variable=row.take("variable", str),
        signature=row.take("signature", str),
        events=row.list_of("events", str),
    )
    row.no_more()
    return found


def _consistent_alias(scheme: Scheme, name: str, alias: Alias) -> None:
    """Raise ManifestError for an alias that names what the provider does not have."""
    if alias.signature not in {signature.name for signature in scheme.signatures}:
        raise ManifestError(f"alias `{name}`: there is no signature `{alias.signature}`")
    if missing := next((event for event in alias.events if event not in scheme.events), None):
        raise ManifestError(f"alias `{name}`: there is no event `{missing}`")


def _signature(row: "Table") -> Signature:
    found = Signature(
        name=row.take("name", str),
        algorithm=row.choice("algorithm", ALGORITHMS),
        encoding=row.choice("encoding", ENCODINGS),
        signed=parse(row.take("signed", str, "{body}")),
        header=row.take("header", str, ""),
        body=row.take("body", str, ""),
        prefix=row.take("prefix", str, ""),
        split=row.take("split", str, ""),
        key=row.choice("key", KEY_FORMS),
        key_prefix=row.take("key_prefix", str, ""),
        timestamp=_optional(row.take("timestamp", str, "")),
        unit=1000 if row.choice("unit", ("seconds", "milliseconds")) == "milliseconds" else 1,
        tolerance=row.take("tolerance", int, 0) or None,
        port_free=row.take("port_free", bool, False),
        send=_values(row, "send"),
        stamp=_values(row, "stamp"),
        legacy=row.take("legacy", bool, False),
    )
    row.no_more()
    return _consistent(found)


def _consistent(found: Signature) -> Signature:
    """The signature, if its parts belong together.

    Raises:
        ManifestError: it would verify nothing, or less than it says.
    """
    if bool(found.header) is bool(found.body):
        raise ManifestError(f"signature `{found.name}` needs one of `header` and `body`")
    if found.tolerance and found.timestamp is None:
        raise ManifestError(f"signature `{found.name}` has a `tolerance` but no `timestamp`")
    if (found.key == "public") is not (found.algorithm in ("ed25519", "ecdsa-p256")):
        raise ManifestError(
            f"signature `{found.name}`: `{found.algorithm}` with a key of the form `{found.key}`"
        )
    if (found.encoding == "plain") is not (found.algorithm == "token"):
        raise ManifestError(
            f"signature `{found.name}`: `{found.algorithm}` in the encoding `{found.encoding}`"
        )
    if found.algorithm == "sha256" and not found.signed.mentions("secret"):
        raise ManifestError(f"signature `{found.name}`: a plain hash without `{{secret}}` proves nothing")
    return found


def _handshake(row: "Table") -> Handshake:
    found = Handshake(
        type=row.take("type", str, ""),
        method=row.take("method", str, ""),
        status=row.take("status", int, 200),
        json=cast("dict[str, object]", row.take("json", dict, {})) or None,
    )
    row.no_more()
    for value in (found.json or {}).values():
        _optional(value if isinstance(value, str) else "")
    if bool(found.type) is bool(found.method):
        raise ManifestError("a handshake needs one of `type` and `method`")
    return found


def _delivery(row: "Table") -> Delivery:
    lowest, _, highest = row.take("success", str, "200-299").partition("-")
    if not lowest.isdigit() or not (highest or lowest).isdigit():
        raise ManifestError("`success` is no range of statuses such as `200-299`")
    usual = Delivery()
    found = Delivery(
        success=(int(lowest), int(highest or lowest)),
        answer=row.take("answer", int, 200),
        answer_type=row.take("answer_type", str, usual.answer_type),
        answer_body=row.take("answer_body", str, usual.answer_body),
        rejection=row.take("rejection", int, 400),
        stop=row.take("stop", int, 0) or None,
        deadline=row.take("deadline", int, 0) or None,
        retries=row.list_of("retries", int),
        retry_for=row.take("retry_for", int, 0) or None,
        policy=row.take("policy", str),
        unchecked=row.list_of("unchecked", str),
    )
    row.no_more()
    return found


def _templates(table: "Table", key: str) -> tuple[Template, ...]:
    return tuple(parse(text) for text in table.list_of(key, str))


def _values(table: "Table", key: str) -> dict[str, Template]:
    values = cast("dict[str, object]", table.take(key, dict, {}))
    return {name: parse(str(value)) for name, value in values.items()}


def _optional(text: str) -> Template | None:
    return parse(text) if text else None


class Table:
    """A TOML table read key by key, so that a misspelt key is found."""

    def __init__(self, data: Mapping[str, Any]) -> None:
        self._left = dict(data)

    def take(self, key: str, kind: type[T], default: T | None = None) -> T:
        """The value of a key, of the given type.

        Raises:
            ManifestError: it is missing and has no default, or has another type.
        """
        value = self._left.pop(key, default)
        if value is None:
            raise ManifestError(f"`{key}` is missing")
        if not isinstance(value, kind) or (kind is int and isinstance(value, bool)):
            raise ManifestError(f"`{key}` is no {kind.__name__}")
        return value

    def choice(self, key: str, choices: tuple[str, ...]) -> Any:
        """One of `choices`, the first when the key is missing."""
        value = self.take(key, str, choices[0])
        if value not in choices:
            raise ManifestError(f'`{key} = "{value}"` is none of {", ".join(choices)}')
        return value

    def list_of(self, key: str, kind: type[T]) -> tuple[T, ...]:
        """A list of values of one type, empty when the key is missing."""
        values = cast("list[object]", self.take(key, list, []))
        if not all(isinstance(value, kind) for value in values):
            raise ManifestError(f"`{key}` is no list of {kind.__name__}")
        return tuple(cast("list[T]", values))

    def table(self, key: str, default: dict[str, Any] | None = None) -> "Table":
        """A table inside this one."""
        return Table(self.take(key, dict, default))

    def tables(self, key: str) -> list["Table"]:
        """A list of tables inside this one, empty when the key is missing."""
        rows = cast("list[object]", self.take(key, list, []))
        if not all(isinstance(row, dict) for row in rows):
            raise ManifestError(f"`{key}` is no list of tables")
        return [Table(cast("dict[str, Any]", row)) for row in rows]

    def no_more(self) -> None:
        """Raise ManifestError when a key was not asked for."""
        if self._left:
            raise ManifestError(f"`{next(iter(self._left))}` means nothing here")
