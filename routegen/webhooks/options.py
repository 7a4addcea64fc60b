"""Turns a few options into the scheme of a sender that is no known provider."""

from dataclasses import replace

from routegen.webhooks.registry import find
from routegen.webhooks.scheme import Algorithm, Encoding, KeyForm, Scheme
from routegen.webhooks.template import Template, parse


def custom(
    *,
    header: str = "X-Signature",
    prefix: str = "",
    split: str = "",
    signed: str = "{body}",
    algorithm: Algorithm = "hmac-sha256",
    encoding: Encoding = "hex",
    key: KeyForm = "text",
    timestamp: str = "",
    unit: int = 1,
    tolerance: int | None = None,
    id: str = "{json:id}",
    type: str = "{json:type}",
    name: str = "custom",
) -> Scheme:
    """A scheme to hand to `receive`, `verify` and `sign`.

    Args:
        header: where the signature is sent.
        prefix: what stands before it, such as `sha256=`.
        split: what separates several signatures in the header.
        signed: what is signed, such as `{timestamp}.{body}`; also `{url}`, `{method}`, `{header:X-Id}`.
        algorithm: how, with `encoding` as `hex` or `base64`; `token` (encoded `plain`) is a shared secret as it is.
        key: `text`, `base64` (the secret is decoded first) or `public`.
        timestamp: where the sender's clock is: `{header:X-Timestamp}`, `{json:sent_at}` or `{entry:t=}`.
        unit: 1 for a clock in seconds, 1000 for milliseconds.
        tolerance: seconds that the clock may be off, either way. Without one, an old request stays good for ever.
        id: where the de-duplication id is; a hash of the body stands in.
        type: where the event type is.

    Raises:
        ValueError: a template names something that does not exist.
    """
    if tolerance is not None and not timestamp:
        raise ValueError("a tolerance needs a timestamp")
    scheme = find("custom")
    signature = replace(
        scheme.signatures[0],
        header=header,
        prefix=prefix,
        split=split,
        signed=parse(signed),
        algorithm=algorithm,
        encoding=encoding,
        key=key,
        timestamp=parse(timestamp) if timestamp else None,
        unit=unit,
        tolerance=tolerance,
        send=_sent(header, split, prefix, timestamp, id, type),
        stamp=_stamped(timestamp),
    )
    return replace(scheme, name=name, signatures=(signature,), ids=_one(id), types=_one(type))


def _sent(header: str, split: str, prefix: str, timestamp: str, id: str, type: str) -> dict[str, Template]:
    """The headers that a delivery of such a scheme has."""
    sent = {header: f"{prefix}{{signature}}"}
    if label := _argument(timestamp, "entry"):
        sent[header] = f"{label}{{timestamp}}{split}{prefix}{{signature}}"
    elif name := _argument(timestamp, "header"):
        sent[name] = "{timestamp}"
    if name := _argument(id, "header"):
        sent[name] = "{id}"
    if name := _argument(type, "header"):
        sent[name] = "{type}"
    return {name: parse(value) for name, value in sent.items()}


def _stamped(timestamp: str) -> dict[str, Template]:
    """The place in the body that is set when such a delivery is sent, if the clock is there."""
    path = _argument(timestamp, "json")
    return {path: parse("{timestamp}")} if path else {}


def _argument(text: str, kind: str) -> str:
    """The `NAME` of `{header:NAME}`; empty when the template is of another kind."""
    start = f"{{{kind}:"
    return text[len(start) : -1] if text.startswith(start) else ""


def _one(text: str) -> tuple[Template, ...]:
    return (parse(text),) if text else ()
