"""Tells what names mean where a function runs: types by annotation, import and constructor."""

import builtins
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property

from routegen.handlers.expression import (
    Attribute,
    Binary,
    Call,
    Choice,
    Constant,
    Expression,
    Name,
    Subscript,
    Template,
)
from routegen.handlers.function import Effect, Function, Module, Parameter, Statement
from routegen.handlers.kinds import Kind, vocabulary

# How far names and types are followed before they count as unknown.
_MAX_STEPS = 24
_LISTS = {"builtins.list", "typing.List", "typing.Sequence", "collections.abc.Sequence", "builtins.tuple"}
_OPTIONALS = {"typing.Optional", "typing.Union"}


@dataclass(eq=False)
class Scope:
    """A function as one call of it sees its names.

    `arguments` are what the caller passes, each in its own scope.
    """

    module: Module
    function: Function
    caller: "Scope | None" = None
    arguments: Mapping[str, tuple[Expression, "Scope"]] = field(
        default_factory=dict[str, tuple[Expression, "Scope"]]
    )

    @property
    def depth(self) -> int:
        """How many calls lie between the handler and here."""
        return self.caller.depth + 1 if self.caller else 0

    @cached_property
    def bindings(self) -> dict[str, list[Statement]]:
        """For each local name the statements that bind it, in order."""
        found: dict[str, list[Statement]] = defaultdict(list)
        for statement in self.function.body.statements:
            for name in statement.targets:
                found[name].append(statement)
        return found

    def binding(self, name: str, before: int) -> Statement | None:
        """The last statement before this place that binds `name`."""
        earlier = [s for s in self.bindings.get(name, ()) if s.span.start < before]
        return earlier[-1] if earlier else None

    def is_local(self, name: str) -> bool:
        """Whether `name` is a parameter or a variable of the function."""
        return name in self.bindings or self.function.parameter(name) is not None

    def local_function(self, call: Call) -> Function | None:
        """The function of the same file that is called, if it is one."""
        if not isinstance(call.function, Name):
            return None
        name = call.function.name
        scope: Scope | None = self
        while scope is not None and scope.module is self.module:
            if name in scope.function.body.functions:
                return scope.function.body.functions[name]
            scope = scope.caller
        return None if self.is_local(name) else self.module.functions.get(name)

    def enter(self, call: Call, function: Function) -> "Scope":
        """The scope of `function` when `call` runs it."""
        positional = [p for p in function.parameters if not p.is_rest]
        arguments = {p.name: (a, self) for p, a in zip(positional, call.arguments, strict=False)}
        arguments |= {name: (value, self) for name, value in call.keywords.items()}
        return Scope(self.module, function, self, {} if call.unpacks else arguments)

    def dotted(self, expression: Expression, steps: int = 0) -> str | None:
        """The dotted name of what an expression stands for (`stripe.Webhook`); None for unknown."""
        if steps > _MAX_STEPS:
            return None
        if isinstance(expression, Name):
            return self._dotted_name(expression, steps)
        if isinstance(expression, Attribute):
            base = self.type_of(expression.object, steps + 1)
            return vocabulary().canonical(f"{base}.{expression.name}") if base else None
        return self.type_of(expression, steps + 1)

    def _dotted_name(self, name: Name, steps: int) -> str | None:
        if self.is_local(name.name):
            return self._local_type(name, steps)
        return self.global_name(name.name, steps)

    def global_name(self, name: str, steps: int = 0) -> str | None:
        """The dotted name of a name of the module; its own functions and classes start with a dot."""
        module = self.module
        if name in module.imports:
            return vocabulary().canonical(module.imports[name])
        if name in module.classes or name in module.functions:
            return f".{name}"
        if name in module.values:
            return self.type_of(module.values[name], steps + 1)
        return f"builtins.{name}" if hasattr(builtins, name) else None

    def type_of(self, expression: Expression, steps: int = 0) -> str | None:
        """The dotted name of the class (or module) of a value; None for unknown."""
        if steps > _MAX_STEPS:
            return None
        if isinstance(expression, Name):
            return self._dotted_name(expression, steps)
        if isinstance(expression, Call):
            return self._type_of_result(expression, steps)
        if isinstance(expression, Attribute):
            name = self.dotted(expression, steps)
            return vocabulary().types.get(name, name) if name else None
        if isinstance(expression, Subscript):
            return _element(self.type_of(expression.object, steps + 1))
        if isinstance(expression, (Constant, Template)):
            value = expression.value if isinstance(expression, Constant) else ""
            return f"builtins.{type(value).__name__}"
        if isinstance(expression, Binary) and expression.operator == "/":
            return self._type_of_path(expression, steps)
        if isinstance(expression, Choice):
            return self.type_of(expression.options[0], steps + 1)
        return None

    def _type_of_result(self, call: Call, steps: int) -> str | None:
        if self.local_function(call) is not None:
            return None
        name = self.dotted(call.function, steps + 1)
        if name is None:
            return None
        if (known := vocabulary().types.get(name)) is not None:
            return known
        return name if name.rpartition(".")[2][:1].isupper() else None

    def _type_of_path(self, expression: Binary, steps: int) -> str | None:
        """`folder / "name"`: nothing but a path is divided by a text."""
        left = self.type_of(expression.left, steps + 1)
        if left in ("pathlib.Path", "anyio.Path"):
            return left
        right = self.type_of(expression.right, steps + 1)
        return "pathlib.Path" if right == "builtins.str" or isinstance(expression.right, Template) else None

    def _local_type(self, name: Name, steps: int) -> str | None:
        statement = self.binding(name.name, name.span.start)
        if statement is None:
            parameter = self.function.parameter(name.name)
            return self.parameter_type(parameter, steps) if parameter else None
        if statement.value is None or len(statement.targets) > 1:
            return None
        found = self.type_of(statement.value, steps + 1)
        return _element(found) if statement.effect is Effect.ITERATE else found

    def parameter_type(self, parameter: Parameter, steps: int = 0) -> str | None:
        """The class of a parameter: what the caller passes, else what the annotation says."""
        if parameter.annotation is not None:
            return self.annotated_type(parameter.annotation, steps)
        if parameter.name in self.arguments:
            value, scope = self.arguments[parameter.name]
            return scope.type_of(value, steps + 1)
        if parameter.default is not None and self.field_kinds(parameter) & {Kind.FILE_FIELD}:
            return "fastapi.UploadFile"
        # Without its annotation FastAPI would not pass the request; what the author means is plain.
        return "fastapi.Request" if parameter.name in ("request", "req") and self.caller is None else None

    def annotated_type(self, annotation: Expression, steps: int = 0) -> str | None:
        """The class an annotation names, through `Annotated`, `Optional`, `X | None` and aliases."""
        if steps > _MAX_STEPS:
            return None
        annotation = self.unaliased(annotation)
        if isinstance(annotation, Binary) and annotation.operator == "|":
            options = [e for e in (annotation.left, annotation.right) if not _is_none(e)]
            return self.annotated_type(options[0], steps + 1) if options else None
        if isinstance(annotation, Constant) and isinstance(annotation.value, str):
            return self.global_name(annotation.value) if annotation.value.isidentifier() else None
        if isinstance(annotation, Subscript) and annotation.index:
            outer = self.dotted(annotation.object)
            inner = self.annotated_type(annotation.index[0], steps + 1)
            if outer in _LISTS:
                return f"list[{inner}]" if inner else outer
            return inner if outer in {"typing.Annotated", *_OPTIONALS} else outer
        return self.global_name(annotation.name) if isinstance(annotation, Name) else self.dotted(annotation)

    def unaliased(self, annotation: Expression) -> Expression:
        """What a name that this file gives to a type stands for (`SessionDep = Annotated[…]`)."""
        for _ in range(_MAX_STEPS):
            if not isinstance(annotation, Name) or annotation.name not in self.module.values:
                break
            annotation = self.module.values[annotation.name]
        return annotation

    def markers(self, parameter: Parameter) -> list[Call]:
        """What stands beside a parameter's type: `Form()`, `Depends(f)`, as default or in `Annotated`."""
        found = [parameter.default] if parameter.default is not None else []
        annotation = self.unaliased(parameter.annotation) if parameter.annotation is not None else None
        if isinstance(annotation, Subscript) and self.dotted(annotation.object) == "typing.Annotated":
            found += annotation.index[1:]
        return [marker for marker in found if isinstance(marker, Call)]

    def field_kinds(self, parameter: Parameter) -> frozenset[Kind]:
        """The kinds of the markers of a parameter."""
        found = (self.kinds(marker) for marker in self.markers(parameter))
        return frozenset[Kind]().union(*found)

    def kinds(self, expression: Expression) -> frozenset[Kind]:
        """What a call or an attribute does."""
        if isinstance(expression, Call):
            return vocabulary().kinds_of(self.dotted(expression.function))
        if isinstance(expression, Attribute):
            return vocabulary().kinds_of(self.dotted(expression))
        return frozenset()

    def header(self, expression: Expression) -> str | None:
        """The request header that an expression reads, in lower case; empty when its name is no literal."""
        if isinstance(expression, Name) and not self.bindings.get(expression.name):
            parameter = self.function.parameter(expression.name)
            return self.header_field(parameter) if parameter else None
        at: Expression | None = None
        if isinstance(expression, Subscript) and Kind.HEADER in self.kinds(expression.object):
            at = expression.index[0] if expression.index else None
        elif isinstance(expression, Call) and (receiver := expression.receiver) is not None:
            if expression.name not in ("get", "getlist") or Kind.HEADER not in self.kinds(receiver):
                return None
            at = expression.argument(0, "key")
        else:
            return None
        return at.value.lower() if isinstance(at, Constant) and isinstance(at.value, str) else ""

    def header_field(self, parameter: Parameter) -> str | None:
        """The header that FastAPI reads into a parameter marked with `Header()`."""
        for marker in self.markers(parameter):
            if Kind.HEADER_FIELD in self.kinds(marker):
                alias = marker.keywords.get("alias")
                if isinstance(alias, Constant) and isinstance(alias.value, str):
                    return alias.value.lower()
                return parameter.name.replace("_", "-").lower()
        return None


def _element(container: str | None) -> str | None:
    if container is None:
        return None
    if container.startswith("list["):
        return container[5:-1]
    return vocabulary().types.get(f"{container}[]")


def _is_none(expression: Expression) -> bool:
    return isinstance(expression, Constant) and expression.value is None
