"""Turns the fields of a form into a validated model, or into errors by field."""

from collections.abc import Iterable
from typing import Any

from pydantic import TypeAdapter, ValidationError

from routegen.actions.names import FieldPath, Node, Value, name_of, path_of, tree_of
from routegen.actions.shape import MISSING, compile_shape

Errors = dict[FieldPath, str]
"""One sentence a field; the empty path is the form as a whole."""


class FormModel:
    """A Pydantic model or a dataclass as the shape of a form."""

    def __init__(self, annotation: Any) -> None:
        self.annotation = annotation
        self._shape = compile_shape(annotation)
        self._adapter: TypeAdapter[Any] = TypeAdapter(annotation)

    def validate(self, fields: Iterable[tuple[str, Value]]) -> tuple[Any, Errors]:
        """The model, or why there is none.

        Args:
            fields: names and values in the order they were sent.

        Raises:
            HTTPException: 400, the field names are hostile.
        """
        tree = tree_of(fields)
        shaped = self._shape(tree)
        try:
            return self._adapter.validate_python({} if shaped is MISSING else shaped), {}
        except ValidationError as error:
            faults: Any = error.errors(include_url=False, include_input=False, include_context=False)
            return None, _errors(faults, tree)


def named(errors: Errors) -> dict[str, str]:
    """The errors by the names of the fields, as HTML has them; the form's own under the empty name."""
    return {name_of(path) if path else "": text for path, text in errors.items()}


def _errors(faults: Iterable[Any], tree: Node) -> Errors:
    errors: Errors = {}
    for fault in faults:
        errors.setdefault(_sent_path(fault["loc"], tree), _sentence(fault["msg"]))
    return errors


def _sent_path(place: tuple[int | str, ...], tree: Node) -> FieldPath:
    """Where a fault is in the form: the second item of a list may have been sent as `items[7]`.

    Pydantic puts more into a place than names (`function-before[…]`); what no field has is left out at the end.
    """
    path: list[str] = []
    node: Node | None = tree
    for part in place:
        if isinstance(part, int):
            numbers = node.numbers() if node is not None else []
            if part >= len(numbers):  # repeated values of one name: the fault is that name's
                break
            part = numbers[part]
        path += path_of(part)
        node = node.find(part) if node is not None else None
    return tuple(path)


def _sentence(message: str) -> str:
    return message.removeprefix("Value error, ").removeprefix("Assertion failed, ")
