"""What a provider does, as frozen values: how it signs, names its events, shakes hands and takes answers."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Final, Literal

from routegen.webhooks.result import Answer
from routegen.webhooks.template import Template

Algorithm = Literal["hmac-sha256", "hmac-sha1", "sha256", "token", "ed25519", "ecdsa-p256"]
Encoding = Literal["hex", "base64", "plain"]
KeyForm = Literal["text", "base64", "public"]

ALGORITHMS: Final = ("hmac-sha256", "hmac-sha1", "sha256", "token", "ed25519", "ecdsa-p256")
ENCODINGS: Final = ("hex", "base64", "plain")
KEY_FORMS: Final = ("text", "base64", "public")
MIB: Final = 1024 * 1024


@dataclass(frozen=True, slots=True)
class Signature:
    """One way in which a provider signs.

    Attributes:
        name: to tell it from the provider's others (`hubspot:v1` is the one named `v1` alone).
        header: where the signature is sent; empty when it lies in the body, at the JSON path `body`.
        signed: the bytes that are signed.
        prefix: what stands before the signature (`sha256=`, `v1,`); other entries are passed over.
        split: what separates several entries in the header; empty when there is one only.
        key: how a secret becomes a key; `key_prefix` is taken off first (and must be there for `public`).
        timestamp: where the provider's clock is found, with `unit` ticks a second.
        tolerance: seconds that the clock may be behind or ahead of ours; None when the provider sets none.
        port_free: also try the URL without, and with, its port (Twilio signs either).
        send: the headers of a delivery; `stamp`: JSON paths of its body that are set when it is sent.
        legacy: only used when it is asked for by name.
    """

    name: str
    algorithm: Algorithm
    encoding: Encoding
    signed: Template
    header: str = ""
    body: str = ""
    prefix: str = ""
    split: str = ""
    key: KeyForm = "text"
    key_prefix: str = ""
    timestamp: Template | None = None
    unit: int = 1
    tolerance: int | None = None
    port_free: bool = False
    send: Mapping[str, Template] = field(default_factory=dict[str, Template])
    stamp: Mapping[str, Template] = field(default_factory=dict[str, Template])
    legacy: bool = False

    @property
    def place(self) -> str:
        """Where the signature is found, for people."""
        return f"`{self.header}`" if self.header else f"`{self.body}` of the body"


@dataclass(frozen=True, slots=True)
class Handshake:
    """A delivery that is answered in a fixed way: by event type, or (unsigned) by HTTP method."""

    type: str = ""
    method: str = ""
    status: int = 200
    json: Mapping[str, object] | None = None


@dataclass(frozen=True, slots=True)
class Delivery:
    """What the provider does with answers.

    Attributes:
        success: the statuses that count as delivered, lowest and highest.
        answer: the status to answer with; `answer_type` and `answer_body` where the provider reads them.
        rejection: the status for a delivery that does not verify.
        stop: the status that ends the deliveries, if there is one.
        deadline: seconds until the provider gives up waiting; None when it publishes none.
        retries: seconds before each further attempt, where they are published; `retry_for` in total.
        policy: the retry policy in a sentence.
        unchecked: the facts here that no document or code of the provider was read for.
    """

    success: tuple[int, int] = (200, 299)
    answer: int = 200
    answer_type: str = "application/json"
    answer_body: str = '{"received":true}'
    rejection: int = 400
    stop: int | None = None
    deadline: float | None = None
    retries: tuple[int, ...] = ()
    retry_for: int | None = None
    policy: str = ""
    unchecked: tuple[str, ...] = ()

    @property
    def accepted(self) -> Answer:
        """The answer that makes the provider count a delivery as delivered."""
        return Answer(self.answer, self.answer_body.encode(), self.answer_type)

    def takes(self, status: int) -> bool:
        """Whether the provider counts an answer of this status as delivered."""
        return self.success[0] <= status <= self.success[1]


@dataclass(frozen=True, slots=True)
class Alias:
    """Another sender that signs as a provider does: in the way called `signature`, with some of its sample events.

    `variable` holds its secret, in the place of the provider's first one.
    """

    title: str
    docs: str
    variable: str
    signature: str
    events: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Scheme:
    """All that is known about a provider's deliveries.

    Attributes:
        ids: where the de-duplication id is found, the first that is there; none means a hash of the body.
        types: where the event type is found.
        batch: the body is a list of events, each with an id and a type.
        aliases: other senders that sign this way, by name.
        body_limit: the bytes of a body that are read at most.
        variables: the environment variables that `receive` reads secrets from.
        url_variable: the variable with the URL as it was registered, where the URL is signed.
        events: sample payloads, parsed JSON, by event type; of a batch one event each.
    """

    name: str
    title: str
    docs: str
    signatures: tuple[Signature, ...]
    ids: tuple[Template, ...] = ()
    types: tuple[Template, ...] = ()
    batch: bool = False
    content_type: str = "application/json"
    body_limit: int = MIB
    handshakes: tuple[Handshake, ...] = ()
    delivery: Delivery = Delivery()
    aliases: Mapping[str, Alias] = field(default_factory=dict[str, Alias])
    variables: tuple[str, ...] = ()
    url_variable: str = ""
    events: Mapping[str, Any] = field(default_factory=dict[str, Any])

    def only(self, signature: str) -> "Scheme":
        """The same provider with one of its ways to sign, legacy ones included.

        Raises:
            KeyError: it has none of that name.
        """
        found = [replace(s, legacy=False) for s in self.signatures if s.name == signature]
        if not found:
            raise KeyError(signature)
        return replace(self, signatures=tuple(found))

    def under(self, name: str) -> "Scheme":
        """The sender that an alias names, with a secret of its own.

        Raises:
            KeyError: there is no such alias.
        """
        alias = self.aliases[name]
        ordered = sorted(self.signatures, key=lambda s: s.name != alias.signature)
        return replace(
            self,
            name=name,
            title=alias.title,
            docs=alias.docs,
            signatures=tuple(ordered),
            aliases={},
            variables=(alias.variable, *self.variables[1:]),
            events={type: self.events[type] for type in alias.events or self.events},
        )

    @property
    def signs_url(self) -> bool:
        """Whether the URL is part of what is signed."""
        return any(s.signed.mentions("url", "decoded-url", "params") for s in self.signatures)
