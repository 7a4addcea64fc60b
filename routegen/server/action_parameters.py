"""Sorts the parameters of an action: the form, arguments that the page binds, and what FastAPI solves."""

import inspect
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Annotated, Any, get_args, get_origin

from fastapi import params
from fastapi.dependencies.models import Dependant
from fastapi.dependencies.utils import add_non_field_param_to_dependency, get_typed_signature
from fastapi.encoders import jsonable_encoder
from pydantic import TypeAdapter, ValidationError, create_model
from pydantic.fields import FieldInfo
from starlette.datastructures import FormData, UploadFile
from starlette.exceptions import HTTPException

from routegen.actions.shape import alternatives, is_fields
from routegen.actions.validation import FormModel
from routegen.errors import ProjectError
from routegen.routes import Page

EMPTY = inspect.Parameter.empty


@dataclass(slots=True)
class ActionParameters:
    """The parameters of one action by what they are filled from.

    `form` is the one that takes the whole form, of the type `model`; `fields` are the single ones (`Form()`), of
    which `model` is made when there is no other; `bound` come signed from the page; `solved` are FastAPI's.
    """

    form: str | None = None
    model: Any = None
    fields: dict[str, inspect.Parameter] = field(default_factory=dict[str, inspect.Parameter])
    bound: dict[str, inspect.Parameter] = field(default_factory=dict[str, inspect.Parameter])
    solved: list[inspect.Parameter] = field(default_factory=list[inspect.Parameter])
    form_model: FormModel | None = None
    adapters: dict[str, TypeAdapter[Any]] = field(default_factory=dict[str, TypeAdapter[Any]])

    @property
    def takes_raw_form(self) -> bool:
        """Whether the action wants Starlette's FormData as it came."""
        return self.model is FormData

    def encode(
        self, values: Sequence[Any], named: Mapping[str, Any], before: Mapping[str, Any]
    ) -> dict[str, Any]:
        """Arguments that a page binds, by name and as plain data.

        Raises:
            TypeError: there is no such argument, or it is bound twice.
        """
        free = [name for name in self.bound if name not in before]
        if len(values) > len(free):
            raise TypeError(f"bind() takes {len(free)} more arguments, {len(values)} were given")
        given = dict(zip(free, values, strict=False))
        for name, value in named.items():
            if name not in self.bound or name in given or name in before:
                raise TypeError(f"bind({name}=…): the action has no free argument `{name}`")
            given[name] = value
        return {**before, **jsonable_encoder(given)}

    def decode(self, sent: Mapping[str, Any]) -> dict[str, Any]:
        """Bound arguments that came back, as the action's types.

        Raises:
            HTTPException: 400, one is missing or of another type: the page was made by other code.
        """
        found: dict[str, Any] = {}
        for name, parameter in self.bound.items():
            if name in sent:
                try:
                    found[name] = self.adapters[name].validate_python(sent[name])
                except ValidationError:
                    raise HTTPException(
                        400, f"The form's bound argument `{name}` does not fit; load the page anew"
                    ) from None
            elif parameter.default is EMPTY:
                raise HTTPException(400, f"The form was not given its bound argument `{name}`")
        return found


def sort_parameters(function: Callable[..., Any], page: Page, file: object) -> ActionParameters:
    """The parameters of an action.

    Raises:
        ProjectError: one that no form can fill, or two that take the whole form.
    """
    sorted_ = ActionParameters()
    path = {segment.name for segment in page.parameters}
    for name, parameter in get_typed_signature(function).parameters.items():
        if parameter.kind in (parameter.VAR_POSITIONAL, parameter.VAR_KEYWORD, parameter.POSITIONAL_ONLY):
            raise ProjectError(
                f"`{file}`: the action `{_name(function)}` takes `{parameter}`, which no form can fill",
                hint="give each parameter a name of its own",
            )
        _sort(sorted_, name, parameter, path, f"`{file}`: the action `{_name(function)}`")
    if sorted_.fields:
        _merge_fields(sorted_, _name(function))
    if sorted_.model is not None and not sorted_.takes_raw_form:
        sorted_.form_model = FormModel(sorted_.model)
    sorted_.adapters.update({name: TypeAdapter(_bare(p)) for name, p in sorted_.bound.items()})
    return sorted_


def _sort(
    found: ActionParameters, name: str, parameter: inspect.Parameter, path: set[str], where: str
) -> None:
    marks = [
        mark for mark in _marks(parameter) if isinstance(mark, params.Param | params.Body | params.Depends)
    ]
    if any(isinstance(mark, params.Form) for mark in marks) or (not marks and _is_upload(parameter)):
        if _is_whole_form(parameter):
            _take_form(found, name, parameter, where)
        else:
            found.fields[name] = parameter
    elif any(isinstance(mark, params.Body) for mark in marks):
        raise ProjectError(
            f"{where} takes `{name}` from a JSON body", hint="take a Pydantic model, or `Form()`"
        )
    elif marks or name in path or _is_fastapis(name, parameter):
        found.solved.append(parameter)
    elif _is_whole_form(parameter):
        _take_form(found, name, parameter, where)
    else:
        found.bound[name] = parameter


def _take_form(found: ActionParameters, name: str, parameter: inspect.Parameter, where: str) -> None:
    if found.form is not None:
        raise ProjectError(
            f"{where} takes the form twice: `{found.form}` and `{name}`", hint="make one model of them"
        )
    found.form, found.model = name, _bare(parameter)


def _merge_fields(found: ActionParameters, name: str) -> None:
    if found.form is not None:
        raise ProjectError(
            f"the action `{name}` takes `{found.form}` and single fields: {', '.join(found.fields)}",
            hint=f"put the fields into the model of `{found.form}`",
        )
    definitions: dict[str, Any] = {
        field: (p.annotation, _default(p.default)) for field, p in found.fields.items()
    }
    found.model = create_model(f"{name}_form", **definitions)


def _default(default: Any) -> Any:
    return ... if default is EMPTY else default


def _marks(parameter: inspect.Parameter) -> list[Any]:
    declared = (
        list(get_args(parameter.annotation)[1:]) if get_origin(parameter.annotation) is Annotated else []
    )
    return (
        [*declared, parameter.default]
        if isinstance(parameter.default, FieldInfo | params.Depends)
        else declared
    )


def _bare(parameter: inspect.Parameter) -> Any:
    return parameter.annotation if parameter.annotation is not EMPTY else Any


def _is_whole_form(parameter: inspect.Parameter) -> bool:
    kinds = list(alternatives(parameter.annotation))
    return len(kinds) == 1 and (kinds[0] is FormData or is_fields(kinds[0]))


def _is_upload(parameter: inspect.Parameter) -> bool:
    kinds = [inner for kind in alternatives(parameter.annotation) for inner in (kind, *get_args(kind))]
    return any(isinstance(kind, type) and issubclass(kind, UploadFile) for kind in kinds)


def _is_fastapis(name: str, parameter: inspect.Parameter) -> bool:
    """Whether FastAPI gives it by its type alone: Request, Response, BackgroundTasks, …"""
    kinds = list(alternatives(parameter.annotation))
    return len(kinds) == 1 and bool(
        add_non_field_param_to_dependency(
            param_name=name, type_annotation=kinds[0], dependant=Dependant(path="/")
        )
    )


def _name(function: Callable[..., Any]) -> str:
    return getattr(function, "__name__", "action")
