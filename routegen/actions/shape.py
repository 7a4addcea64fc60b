"""Fits the fields of a form to the types of a model: what HTML cannot say is read as its writer means it.

The rules are FastAPI's for `Form()` models (an empty input is a missing one, an untouched file input too), with nested
names and with lists added. A check box that is not sent is False: a browser sends nothing for it.
"""

import dataclasses
import types
from collections.abc import Callable, Iterator
from typing import Annotated, Any, Final, Literal, TypeVar, Union, cast, get_args, get_origin, get_type_hints

from pydantic import BaseModel, SecretBytes, SecretStr
from pydantic.fields import FieldInfo
from starlette.datastructures import UploadFile

from routegen.actions.names import FieldPath, Node

MISSING: Final = object()
"""What a field is that was not sent, or was sent empty."""

Shape = Callable[[Node | None], Any]

_LISTS: Final = (list, set, frozenset, tuple)


def compile_shape(annotation: Any) -> Shape:
    """A function that turns what was sent for a type into input for it; MISSING where nothing was sent.

    The type is read once, here; models may refer to themselves.
    """
    return _compile(annotation, {})


def _compile(annotation: Any, known: dict[Any, Shape]) -> Shape:
    kinds = list(alternatives(annotation))
    if model := next((kind for kind in kinds if is_fields(kind)), None):
        return _object(model, is_nullable(annotation), known)
    if item := next((found for kind in kinds if (found := _item_type(kind))), None):
        return _list(_compile(item[0], known))
    if mapping := next((kind for kind in kinds if get_origin(kind) is dict), None):
        return _mapping(_compile(get_args(mapping)[1], known))
    return _leaf(kinds)


def is_fields(kind: Any) -> bool:
    """Whether a type is made of named fields: a Pydantic model or a dataclass."""
    is_model = isinstance(kind, type) and issubclass(kind, BaseModel)
    return is_model or (isinstance(kind, type) and dataclasses.is_dataclass(cast("type[object]", kind)))


def fields_of(kind: Any) -> dict[str, Any]:
    """The types of a model's fields, by the name under which a form sends them."""
    if isinstance(kind, type) and issubclass(kind, BaseModel):
        return {_sent_name(name, info): _annotation(info) for name, info in kind.model_fields.items()}
    return get_type_hints(cast("type[object]", kind), include_extras=True)


def annotation_at(annotation: Any, path: FieldPath) -> Any:
    """The type of a field deep in a model; None where there is none."""
    for part in path:
        kinds = list(alternatives(annotation))
        model = next((kind for kind in kinds if is_fields(kind)), None)
        item = next((found for kind in kinds if (found := _item_type(kind))), None)
        if model is not None:
            annotation = fields_of(model).get(part)
        elif item is not None:
            annotation = item[0]
        else:
            return None
    return annotation


def is_secret(annotation: Any) -> bool:
    """Whether a type hides its value, as Pydantic's `SecretStr` does."""
    return any(kind in (SecretStr, SecretBytes) for kind in alternatives(annotation))


def takes_files(annotation: Any, depth: int = 8) -> bool:
    """Whether a form for this type must be multipart: there is an `UploadFile` somewhere in it."""
    for kind in alternatives(annotation):
        if isinstance(kind, type) and issubclass(kind, UploadFile):
            return True
        item = _item_type(kind)
        inner = list(item) if item else list(fields_of(kind).values()) if is_fields(kind) else []
        if depth and any(takes_files(one, depth - 1) for one in inner):
            return True
    return False


def alternatives(annotation: Any) -> Iterator[Any]:
    """The members of a union without None, `Annotated` and type variables taken off."""
    origin = get_origin(annotation)
    if origin is Annotated:
        yield from alternatives(get_args(annotation)[0])
    elif origin in (Union, types.UnionType):
        for member in get_args(annotation):
            yield from alternatives(member)
    elif isinstance(annotation, TypeVar):
        yield from alternatives(annotation.__bound__ or Any)
    elif annotation is not type(None):
        yield annotation


def is_nullable(annotation: Any) -> bool:
    """Whether None is one of the values of a type."""
    if get_origin(annotation) is Annotated:
        return is_nullable(get_args(annotation)[0])
    return annotation is type(None) or (
        get_origin(annotation) in (Union, types.UnionType) and any(map(is_nullable, get_args(annotation)))
    )


def _required_models(model: Any) -> set[str]:
    """The fields that must be there and are models."""
    if not issubclass(model, BaseModel):
        return set()
    return {
        _sent_name(name, info)
        for name, info in model.model_fields.items()
        if info.is_required() and any(map(is_fields, alternatives(info.annotation)))
    }


def _sent_name(name: str, info: FieldInfo) -> str:
    alias = info.validation_alias if isinstance(info.validation_alias, str) else info.alias
    return alias or name


def _annotation(info: FieldInfo) -> Any:
    return info.annotation


def _item_type(kind: Any) -> tuple[Any] | None:
    """The type of a list's items, in a tuple; None for what is no list."""
    origin = get_origin(kind) or kind
    if not (isinstance(origin, type) and issubclass(origin, _LISTS)):
        return None
    arguments = [argument for argument in get_args(kind) if argument is not Ellipsis]
    return (arguments[0] if arguments else Any,)


def _object(model: Any, nullable: bool, known: dict[Any, Shape]) -> Shape:
    if model not in known:
        known[model] = lambda node: found(node)
        found = _fields(model, known)
    whole = known[model]

    def shape(node: Node | None) -> Any:
        return MISSING if node is None or (nullable and not node.children) else whole(node)

    return shape


def _fields(model: Any, known: dict[Any, Shape]) -> Shape:
    required = _required_models(model)
    shapes = {name: _compile(annotation, known) for name, annotation in fields_of(model).items()}
    # What is missing in a model that must be there is told field by field, where the inputs are
    fields = [(name, shape, Node() if name in required else None) for name, shape in shapes.items()]
    keeps_others = getattr(model, "model_config", {}).get("extra") in ("allow", "forbid")
    other = _leaf([str])

    def shape(node: Node | None) -> dict[str, Any]:
        assert node is not None
        found: dict[str, Any] = {}
        for name, inner, absent in fields:
            value = inner(node.find(name) or absent)
            if value is not MISSING:
                found[name] = value
        if keeps_others:
            found.update({name: other(child) for name, child in node.children.items() if name not in shapes})
        return found

    return shape


def _list(item: Shape) -> Shape:
    """A list is there as soon as one of its items is; untouched inputs are none."""

    def shape(node: Node | None) -> Any:
        shaped = [item(child) for child in node.items()] if node is not None else []
        return [value for value in shaped if value is not MISSING] or MISSING

    return shape


def _mapping(item: Shape) -> Shape:
    def shape(node: Node | None) -> Any:
        shaped = {key: item(child) for key, child in node.children.items()} if node is not None else {}
        return {key: value for key, value in shaped.items() if value is not MISSING} or MISSING

    return shape


def _leaf(kinds: list[Any]) -> Shape:
    untouched = False if kinds == [bool] else _untouched(kinds)
    takes_bytes = bytes in kinds

    def shape(node: Node | None) -> Any:
        value = node.values[-1] if node is not None and node.values else ""
        if isinstance(value, str):
            return value or untouched
        if not value.filename and not value.size:
            return untouched
        return value.file.read() if takes_bytes else value

    return shape


def _untouched(kinds: list[Any]) -> Any:
    """An empty option of a choice may be one of its values."""
    allows_empty = any(get_origin(kind) is Literal and "" in get_args(kind) for kind in kinds)
    return "" if allows_empty else MISSING
