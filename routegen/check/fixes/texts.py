"""Tells text from bytes by how a value is made: `hmac.compare_digest` takes bytes of any kind, of texts ASCII alone."""

from collections.abc import Iterator

from routegen.handlers.expression import Binary, Call, Constant, Expression, Subscript, Template
from routegen.handlers.flow import Step, origins
from routegen.handlers.headers import header_read
from routegen.handlers.inputs import is_query
from routegen.handlers.scope import Scope

_TEXTS = frozenset({"hexdigest", "decode", "str", "hex", "format"})
_BYTES = frozenset(
    {"digest", "encode", "bytes", "fromhex", "unhexlify", "hexlify", "b64encode", "b64decode"}
    | {"urlsafe_b64encode", "urlsafe_b64decode", "standard_b64encode", "standard_b64decode"}
)
_SAME = frozenset(
    {"strip", "lstrip", "rstrip", "lower", "upper", "replace", "removeprefix", "removesuffix"}
    | {"split", "rsplit", "partition", "rpartition"}
)
_MAX_STEPS = 20


def types_of(operand: Expression, scope: Scope) -> set[str]:
    """`str` and `bytes`, as far as it is known what a value is; empty for unknown."""
    return {kind for step in origins(operand, scope) for kind in _kinds(step)}


def _kinds(step: Step) -> Iterator[str]:
    here, scope = step
    for _ in range(_MAX_STEPS):
        if not (inner := _same(here)):
            break
        here = inner
    if here is not step.expression:
        yield from types_of(here, scope)
    elif header_read(here, scope) is not None or is_query(here, scope) or _makes(here, _TEXTS):
        yield "str"
    elif _makes(here, _BYTES):
        yield "bytes"
    elif isinstance(here, Template):
        yield "str"
    elif isinstance(here, Constant) and isinstance(here.value, (str, bytes)):
        yield type(here.value).__name__


def _same(here: Expression) -> Expression | None:
    """What a part of a value is taken from, or what something is put in front of: it is of the same type."""
    if isinstance(here, Binary) and here.operator == "+":
        return here.left
    if isinstance(here, Subscript) and isinstance(here.object, Call) and here.object.name in _SAME:
        return here.object
    return here.receiver if isinstance(here, Call) and here.name in _SAME else None


def _makes(here: Expression, names: frozenset[str]) -> bool:
    return isinstance(here, Call) and here.name in names


def encoded(text: str, operand: Expression) -> str:
    """The bytes of a text that is written like this."""
    if isinstance(operand, Call) and text.endswith(".decode()"):
        return text.removesuffix(".decode()")
    is_one = isinstance(operand, (Call, Subscript, Template)) and text[-1] in ")]\"'"
    is_whole = text.replace(".", "").replace("_", "").isalnum() or (is_one and text[:6] != "await ")
    return f"{text}.encode()" if is_whole and not text.endswith(' or ""') else f"({text}).encode()"
