"""Tells what names mean where a function runs: types by annotation, import and constructor."""

import builtins
from collections.abc import Iterator
from dataclasses import dataclass, field

from routegen.handlers.containers import ANNOTATED, GENERATORS, LISTS, WRAPPERS, element, is_none
from routegen.handlers.expression import (
    Attribute,
    Binary,
    Call,
    Choice,
    Collection,
    Constant,
    Expression,
    Name,
    Place,
    Subscript,
    Template,
    Yield,
)
from routegen.handlers.frame import NOWHERE, Frame
from routegen.handlers.function import Class, Closure, Effect, Function, Module, Parameter, Statement
from routegen.handlers.kinds import Kind, vocabulary

# How far names and types are followed before they count as unknown.
_MAX_STEPS = 24
__all__ = ["NOWHERE", "Scope", "top_level"]
_NO_KINDS: frozenset[Kind] = frozenset()
_EACH = frozenset({"map", "forEach", "filter", "flatMap", "some", "every", "find", "reduce"})


@dataclass(eq=False)
class Scope(Frame):
    """A function as one call of it sees its names."""

    _dotted: dict[Expression, str | None] = field(default_factory=lambda: {})
    _types: dict[Statement, str | None] = field(default_factory=lambda: {})
    _called: "dict[Call, tuple[Function, Module] | None]" = field(default_factory=lambda: {})
    _results: dict[Function, str | None] = field(default_factory=lambda: {})
    _markers: "dict[str, list[tuple[Call, Scope]]]" = field(default_factory=lambda: {})
    _fields: dict[str, frozenset[Kind]] = field(default_factory=lambda: {})

    def forget(self) -> None:
        super().forget()
        self._markers.clear()

    def global_scope(self, module: Module) -> "Scope":
        """The names of a module, where no function runs."""
        return self if module is self.module and self.function is NOWHERE else top_level(module)

    def resolve(self, call: Call, steps: int = 0) -> tuple[Function, Module] | None:
        """The function of the project that is called, and the file it is in."""
        if call not in self._called:
            self._called[call] = self._find_called(call, steps)
        return self._called[call]

    def _find_called(self, call: Call, steps: int) -> tuple[Function, Module] | None:
        if isinstance(call.function, Name):
            name, scope = call.function.name, self
            while scope is not None and scope.module is self.module:
                if name in scope.function.body.functions:
                    return scope.function.body.functions[name], self.module
                scope = scope.caller or scope.outer
            if self.is_local(name) and name not in self.arguments:
                return None
            if name in self.module.functions:
                return self.module.functions[name], self.module
        dotted = self.dotted(call.function, steps)
        return self.module.function_of(dotted) if dotted and dotted.startswith("<") else None

    def local_function(self, call: Call) -> Function | None:
        """The function of the project that is called, if it is one."""
        found = self.resolve(call)
        return found[0] if found else None

    def inside(self, call: Call, closure: Closure) -> "Scope":
        """The scope of a function without a name that `call` is handed: `items.map((item) => …)`."""
        first = closure.function.parameters[:1]
        of = call.receiver
        given = {p.name: (Subscript(of.span, of, ()), self) for p in first if of and call.name in _EACH}
        return Scope(self.module, closure.function, self, given, self, self.budget)

    def dotted(self, expression: Expression, steps: int = 0) -> str | None:
        """The dotted name of what an expression stands for (`stripe.Webhook`); None for unknown."""
        known = self._dotted.get(expression, "")
        if known != "":
            return known
        if steps > _MAX_STEPS:
            return None
        self._dotted[expression] = None  # while it is looked for: names can run in a circle
        if isinstance(expression, Name):
            found = self._dotted_name(expression, steps)
        elif isinstance(expression, Attribute):
            base = self.type_of(expression.object, steps + 1)
            found = self._member(base, expression.name, steps) if base else None
        else:
            found = self.type_of(expression, steps + 1)
        self._dotted[expression] = found
        return found

    def _member(self, base: str, name: str, steps: int) -> str | None:
        """The dotted name of a member: of a file, of a class of the project or its bases, of anything else."""
        if not base.startswith("<"):
            return vocabulary().canonical(f"{base}.{name}")
        module, rest = self.module.module_of(base)
        if module is None:
            return None
        if not rest:
            return self.global_scope(module).global_name(name, steps + 1)
        return self._inherited(module, module.classes.get(rest), f"{base}.{name}", name, steps)

    def _inherited(self, module: Module, owner: Class | None, own: str, name: str, steps: int) -> str | None:
        if owner is None or name in owner.functions or name in owner.fields or steps > _MAX_STEPS:
            return own
        scope = self.global_scope(module)
        for base in owner.bases:
            named = base.object if isinstance(base, Subscript) else base
            dotted = scope.dotted(named, steps + 1)
            if dotted is not None and dotted != own.rpartition(".")[0]:
                return scope._member(dotted, name, steps + 2)
        return own

    def _dotted_name(self, name: Name, steps: int) -> str | None:
        if self.is_local(name.name):
            return self._local_type(name, steps)
        outer = self.outer
        while outer is not None and outer.function is not NOWHERE:
            if outer.is_local(name.name):
                return outer._dotted_name(Name(self.function.span, name.name), steps + 1)
            outer = outer.outer
        return self.global_name(name.name, steps)

    def global_name(self, name: str, steps: int = 0) -> str | None:
        """The dotted name of a name of the module; those of the project start with its file: `<file>.name`."""
        known = self.module.dotted_names
        if name not in known:
            known[name] = self._find_global_name(name, steps)
        return known[name]

    def _find_global_name(self, name: str, steps: int) -> str | None:
        module = self.module
        if name in module.classes or name in module.functions:
            return f"<{module.source.path}>.{name}"
        if name in module.imports:
            if (found := module.imported(name)) is None:
                return vocabulary().canonical(module.imports[name])
            other, rest = found
            if not rest:
                return f"<{other.source.path}>"
            return top_level(other).global_name(rest, steps + 1) if steps < _MAX_STEPS else None
        if name in module.values:
            return self.type_of(module.values[name], steps + 1)
        if name in module.bound:
            return None
        if module.lang != "python":  # every name that nothing declares is one of the platform's
            return vocabulary().canonical(f"builtins.{name}")
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
            return self._type_of_member(name, steps) if name else None
        if isinstance(expression, Subscript):
            return element(self.type_of(expression.object, steps + 1))
        if isinstance(expression, (Constant, Template)):
            value = expression.value if isinstance(expression, Constant) else ""
            return f"builtins.{type(value).__name__}"
        if isinstance(expression, Collection):
            return "builtins.dict" if expression.is_mapping else "builtins.list"
        if isinstance(expression, Binary) and expression.operator == "/":
            return self._type_of_path(expression, steps)
        if isinstance(expression, Choice):
            return self.type_of(expression.options[0], steps + 1)
        return None

    def _type_of_member(self, name: str, steps: int) -> str | None:
        """A field of a class of the project has the type of its annotation."""
        if not name.startswith("<"):
            return vocabulary().types.get(name, name)
        module, rest = self.module.module_of(name)
        owner, _, member = rest.partition(".")
        if module is None or not member or owner not in module.classes:
            return name
        scope = self.global_scope(module)
        annotation, value = module.classes[owner].fields.get(member, (None, None))
        if annotation is not None:
            return scope.annotated_type(annotation, steps + 1)
        if value is not None:
            return scope.type_of(value, steps + 1)
        return _type_set_by(module.classes[owner], member, module, steps) or name

    def _type_of_result(self, call: Call, steps: int) -> str | None:
        if (found := self.resolve(call, steps + 1)) is not None:
            return self.global_scope(found[1]).result_type(found[0], steps + 1)
        name = self.dotted(call.function, steps + 1)
        if name is None:
            return None
        if (known := vocabulary().types.get(name)) is not None:
            made = vocabulary().roles.get(name, {}).get("made")
            given = call.argument(*made) if made else None
            return self.dotted(given, steps + 1) if given is not None else known
        return name if call.is_new or name.rpartition(".")[2][:1].isupper() else None

    def result_type(self, function: Function, steps: int = 0) -> str | None:
        """What a function of this module gives, or yields: by its annotation, else by what it returns."""
        if steps > _MAX_STEPS:
            return None
        if function not in self._results:
            self._results[function] = (
                None  # while it is looked for: functions can return each other's results
            )
            self._results[function] = self._find_result_type(function, steps)
        return self._results[function]

    def _find_result_type(self, function: Function, steps: int) -> str | None:
        result = function.result
        if result is not None:
            if (
                isinstance(result, Subscript)
                and (self.dotted(result.object) or "").rpartition(".")[2] in GENERATORS
            ):
                result = result.index[0] if result.index else result
            return self.annotated_type(result, steps + 1)
        inner = Scope(self.module, function)
        for statement in function.body.statements:
            value = statement.value
            if isinstance(value, Yield) or statement.effect is Effect.RETURN:
                given = value.value if isinstance(value, Yield) else value
                return inner.type_of(given, steps + 1) if given is not None else None
        return None

    def _type_of_path(self, expression: Binary, steps: int) -> str | None:
        """`folder / "name"`: nothing but a path is divided by a text."""
        left = self.type_of(expression.left, steps + 1)
        if left in ("pathlib.Path", "anyio.Path"):
            return left
        right = self.type_of(expression.right, steps + 1)
        return "pathlib.Path" if right == "builtins.str" or isinstance(expression.right, Template) else None

    def _local_type(self, name: Name, steps: int) -> str | None:
        statement = self.binding(name.name, name.bounds[0])
        if statement is None:
            parameter = self.function.parameter(name.name)
            return self.parameter_type(parameter, steps) if parameter else None
        if statement.value is None or len(statement.targets) > 1:
            return None
        if statement not in self._types:
            found = self.type_of(statement.value, steps + 1)
            self._types[statement] = element(found) if statement.effect is Effect.ITERATE else found
        return self._types[statement]

    def parameter_type(self, parameter: Parameter, steps: int = 0) -> str | None:
        """The class of a parameter: what the annotation says, else what the caller or a dependency gives."""
        if parameter.annotation is not None:
            found = self.annotated_type(parameter.annotation, steps)
            if found is not None and not found.startswith("typing."):
                return found
        if parameter.name in self.arguments:
            value, scope = self.arguments[parameter.name]
            return scope.type_of(value, steps + 1)
        for marker, scope in self.markers(parameter):
            kinds = scope.kinds(marker)
            if Kind.FILE_FIELD in kinds and parameter.annotation is None:
                return "fastapi.UploadFile"
            wanted = marker.argument(0, "dependency")
            if Kind.DEPENDS in kinds and wanted is not None:
                return scope.type_of(Call(marker.span, wanted), steps + 1)
        # Without its annotation FastAPI would not pass the request; what the author means is plain.
        return "fastapi.Request" if parameter.name in ("request", "req") and self.caller is None else None

    def annotated_type(self, annotation: Expression, steps: int = 0) -> str | None:
        """The class an annotation names, through `Annotated`, `Optional`, `X | None` and aliases."""
        if steps > _MAX_STEPS:
            return None
        annotation, scope = self.unaliased(annotation)
        if scope is not self:
            return scope.annotated_type(annotation, steps + 1)
        if isinstance(annotation, Binary) and annotation.operator == "|":
            options = [e for e in (annotation.left, annotation.right) if not is_none(e)]
            return self.annotated_type(options[0], steps + 1) if options else None
        if isinstance(annotation, Constant) and isinstance(annotation.value, str):
            return self.global_name(annotation.value) if annotation.value.isidentifier() else None
        if isinstance(annotation, Subscript) and annotation.index:
            outer = self.dotted(annotation.object)
            if outer not in LISTS and outer not in WRAPPERS:
                return outer
            inner = self.annotated_type(annotation.index[0], steps + 1)
            if outer in LISTS:
                return f"list[{inner}]" if inner else outer
            return inner
        return self.global_name(annotation.name) if isinstance(annotation, Name) else self.dotted(annotation)

    def unaliased(self, annotation: Expression) -> "tuple[Expression, Scope]":
        """What a name that the project gives to a type stands for (`SessionDep = Annotated[…]`), and where."""
        scope = self
        if isinstance(annotation, Subscript):  # `Annotated[…]`, `list[…]`: most are what they say
            return annotation, scope
        for _ in range(_MAX_STEPS):
            name = annotation.name if isinstance(annotation, (Name, Attribute)) else ""
            if isinstance(annotation, Attribute):
                base = scope.dotted(annotation.object) or ""
                module, rest = scope.module.module_of(base) if base.startswith("<") else (None, "x")
                if module is None or rest or name not in module.values:
                    break
            elif not isinstance(annotation, Name):
                break
            elif name in scope.module.values:
                module = scope.module
            elif (found := scope.module.imported(name)) is not None and found[1] in found[0].values:
                module, name = found
            else:
                break
            scope = scope if module is scope.module else top_level(module)
            annotation = module.values[name]
        return annotation, scope

    def markers(self, parameter: Parameter) -> "list[tuple[Call, Scope]]":
        """What stands beside a parameter's type, and where: `Form()`, `Depends(f)`, default or in `Annotated`."""
        if (known := self._markers.get(parameter.name)) is None:
            known = self._markers[parameter.name] = list(self._find_markers(parameter))
        return known

    def _find_markers(self, parameter: Parameter) -> "Iterator[tuple[Call, Scope]]":
        if isinstance(parameter.default, Call):
            yield parameter.default, self
        if parameter.annotation is not None:
            annotation, scope = self.unaliased(parameter.annotation)
            if isinstance(annotation, Subscript) and scope.dotted(annotation.object) in ANNOTATED:
                yield from ((marker, scope) for marker in annotation.index[1:] if isinstance(marker, Call))

    def field_kinds(self, parameter: Parameter) -> frozenset[Kind]:
        """The kinds of the markers of a parameter."""
        if (known := self._fields.get(parameter.name)) is None:
            known = _NO_KINDS
            for marker, scope in self.markers(parameter):
                known |= scope.kinds(marker)
            self._fields[parameter.name] = known
        return known

    def kinds(self, expression: Expression) -> frozenset[Kind]:
        """What a call or an attribute does."""
        if isinstance(expression, Call):
            return vocabulary().kinds_of(self.dotted(expression.function))
        if isinstance(expression, Attribute):
            return vocabulary().kinds_of(self.dotted(expression))
        if isinstance(expression, Name) and self.lang != "python":  # `const list = await headers()`
            return self._kinds_of_value(expression)
        return frozenset()

    def _kinds_of_value(self, name: Name) -> frozenset[Kind]:
        """What a name stands for that was bound to the result of a call, or to a member."""
        scope: Scope | None = self
        while scope is not None and not scope.is_local(name.name):
            scope = scope.outer
        statement = scope.binding(name.name, name.bounds[0]) if scope is not None else None
        if scope is None or statement is None or not isinstance(statement.value, (Call, Attribute)):
            return frozenset()
        return scope.kinds(statement.value)


def top_level(module: Module) -> Scope:
    """The names of a module, where no function runs: one scope for all who look them up."""
    if "top" not in module.shared:
        module.shared["top"] = Scope(module, NOWHERE)
    return module.shared["top"]


def _type_set_by(owner: Class, member: str, module: Module, steps: int) -> str | None:
    """The type of what the constructor of a class puts into `self.member`."""
    made = owner.functions.get("__init__")
    for statement in made.body.statements if made and steps < _MAX_STEPS else ():
        place = statement.value
        if isinstance(place, Place) and isinstance(place.target, Attribute) and place.target.name == member:
            return Scope(module, made or NOWHERE).type_of(place.value, steps + 2)
    return None
