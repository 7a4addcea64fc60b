"""Types that hold other types: what is in a list, behind `Optional`, given by a generator."""

from routegen.handlers.expression import Constant, Expression
from routegen.handlers.kinds import vocabulary

LISTS = frozenset(
    {"builtins.list", "typing.List", "typing.Sequence", "collections.abc.Sequence", "builtins.tuple"}
    | {"typing.Iterable", "typing.Tuple", "builtins.set"}
)
ANNOTATED = frozenset({"typing.Annotated", "typing_extensions.Annotated"})
WRAPPERS = ANNOTATED | {"typing.Optional", "typing.Union"}
GENERATORS = frozenset(
    {"Generator", "AsyncGenerator", "Iterator", "AsyncIterator", "AsyncIterable", "Iterable"}
)
_CLOSED = {
    "builtins.str",
    "builtins.int",
    "builtins.dict",
    "builtins.bytes",
    "builtins.float",
    "builtins.bool",
}


def element(container: str | None) -> str | None:
    """The type of an element of a container; None for unknown."""
    if container is None or container in _CLOSED:
        return None
    if container.startswith("list["):
        return container[5:-1]
    return vocabulary().types.get(f"{container}[]")


def is_none(expression: Expression) -> bool:
    """Whether this is `None`."""
    return isinstance(expression, Constant) and expression.value is None
