"""Tells how a script is written, so that what a fix adds reads like the rest: quotes, semicolons, indentation."""

import re
from dataclasses import dataclass

from tree_sitter import Node

from routegen.check.fixes.edits import line_at
from routegen.handlers.expression import Call, Constant, Expression, Span, options_of
from routegen.handlers.failures import status_of
from routegen.handlers.flow import Step
from routegen.handlers.function import Module
from routegen.handlers.kinds import Kind
from routegen.handlers.scope import Scope
from routegen.handlers.source import Source

LANG = "typescript"
BLOCKS = ("statement_block", "program", "switch_case", "switch_default")
_PLAIN = (".js", ".jsx", ".mjs", ".cjs")


@dataclass(frozen=True, slots=True)
class Style:
    """How a script is written: the quotes of its texts, the end of a statement, one step of indentation."""

    quote: str
    end: str
    step: str

    def text(self, value: str) -> str:
        """A literal for a text without quotes, escapes and line breaks."""
        return f"{self.quote}{value}{self.quote}"


def style_of(module: Module) -> Style:
    """How most of the file is written."""
    if "style" not in module.shared:
        code = module.whole
        quote = "'" if code.count("'") > code.count('"') else '"'
        lines = [line.rstrip() for line in code.splitlines()]
        ended = sum(line.endswith(";") for line in lines)
        open_ended = sum(bool(re.search(r"[\w)'\"`\]]$", line)) for line in lines)
        step = re.search(r"\{\r?\n([ \t]+)\S", code)
        module.shared["style"] = Style(
            quote, ";" if ended > open_ended / 3 else "", step[1] if step else "  "
        )
    return module.shared["style"]


def has_types(module: Module) -> bool:
    """Whether a file may hold types: TypeScript, not JavaScript."""
    return not module.source.path.name.endswith(_PLAIN)


def node_at(module: Module, of: Expression | Span) -> Node | None:
    """The syntax of an expression."""
    span = of.span if isinstance(of, Expression) else of
    return module.source.root.descendant_for_byte_range(*span) if isinstance(module.source, Source) else None


def statement_of(node: Node | None) -> Node | None:
    """The statement around a piece of syntax, when it stands in a block: others can stand before it."""
    while node is not None and not (node.parent is not None and _is_statement(node)):
        node = node.parent
    return node if node is not None and node.parent is not None and node.parent.type in BLOCKS else None


def _is_statement(node: Node) -> bool:
    return node.type.endswith(("_statement", "_declaration")) and node.type != "export_statement"


def said(node: Node | None) -> str:
    """The source of a piece of syntax, empty for none."""
    return (node.text or b"").decode() if node is not None else ""


def indented(module: Module, node: Node) -> str:
    """What the line of a statement begins with."""
    return line_at(module, node.start_byte)[1]


def answer(scope: Scope, sentence: str, status: int) -> str:
    """The code of an answer that says a sentence, in the way that the function answers its other errors."""
    module, style = scope.module, style_of(scope.module)
    calls = [c for c in scope.parts(Call) if isinstance(c, Call) and Kind.RESPOND in scope.kinds(c)]
    errors = [c for c in calls if (status_of(Step(c, scope)) or 0) >= 400]
    text, init = style.text(sentence), f"{{ status: {status} }}"
    for call in [*errors, *calls]:
        made, first = module.text(call.function), call.argument(0)
        if call.name == "json":
            return f"{made}({{ {_key(first)}: {text} }}, {init})"
        if call.is_new and isinstance(first, Constant) and isinstance(first.value, str):
            return f"new {made}({text}, {init})"
        if call.is_new and isinstance(first, Call) and first.name == "stringify":
            return f"new {made}(JSON.stringify({{ {_key(first.argument(0))}: {text} }}), {init})"
    return f"Response.json({{ error: {text} }}, {init})"


def _key(body: Expression | None) -> str:
    """What the body of an answer calls its error."""
    keys = options_of(body)
    return "message" if "message" in keys and "error" not in keys else "error"
