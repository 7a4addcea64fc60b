"""Turns answers of scripts that say the wrong thing into those that say the right one: status, body, error."""

import re
from collections.abc import Iterator

from tree_sitter import Node

from routegen.check.finding import Edit, Fix
from routegen.check.fixes.edits import fix, insert, is_first, line_at, replace, uses, without_line
from routegen.check.fixes.script_style import (
    BLOCKS,
    LANG,
    answer,
    indented,
    node_at,
    said,
    statement_of,
    style_of,
)
from routegen.check.fixes.sentences import TEXT_END, unsure
from routegen.handlers import Handler
from routegen.handlers.expression import Call, Collection, Expression, Name, Span, options_of
from routegen.handlers.function import Block, BlockKind, Module, Statement
from routegen.handlers.kinds import Kind
from routegen.handlers.scope import Scope
from routegen.handlers.typescript.body import FUNCTIONS

_WRAPS = ("parenthesized_expression", "as_expression", "non_null_expression", "satisfies_expression")
_TEXTS = ("template_substitution", "template_string", "binary_expression", "ternary_expression", *_WRAPS)
_SAYS = {"error", "message", "msg", "title"}
_SAYS_NOTHING = re.compile(r"(an? )?(unknown|unexpected)( \w+)?$|error$", re.IGNORECASE)
_ROWS = {"result", "results", "data", "row", "record", "found", "response", "res", "doc", "existing"}
_WIDTH = 80


def options(module: Module, call: Call, at: int, wanted: dict[str, str]) -> tuple[Edit, ...] | None:
    """Give the object at a place among the arguments of a call these properties; one is made when it is missing."""
    if call.unpacks or not call.arguments or len(call.arguments) < at:
        return None
    text = ", ".join(f"{name}: {value}" for name, value in wanted.items())
    if len(call.arguments) == at:
        return (insert(module, _end(module, call.arguments[-1]), f", {{ {text} }}"),)
    given = call.arguments[at]
    if not isinstance(given, Collection) or not given.is_mapping:
        return None
    known = options_of(given)
    edits = [replace(module, known[name], value) for name, value in wanted.items() if name in known]
    new = [f"{name}: {value}" for name, value in wanted.items() if name not in known]
    if new:
        edits.append(_more_properties(module, given, new))
    return tuple(edits)


def _end(module: Module, of: Expression) -> int:
    """The end of an argument with what is written around it: `(body as Body)!`."""
    node = node_at(module, of)
    while node is not None and node.parent is not None and node.parent.type in _WRAPS:
        node = node.parent
    return node.end_byte if node is not None else of.span.end


def _more_properties(module: Module, given: Collection, new: list[str]) -> Edit:
    """The properties after those that an object has, each on a line of its own where they have one."""
    node = node_at(module, given)
    parts = [child for child in node.named_children if child.type != "comment"] if node is not None else []
    if not parts:
        return replace(module, given, f"{{ {', '.join(new)} }}")
    last = parts[-1]
    between = f"\n{indented(module, last)}" if is_first(module, last.start_byte) else " "
    following = last.next_sibling
    if following is not None and following.type == ",":
        return insert(module, following.end_byte, "".join(f"{between}{each}," for each in new))
    return insert(module, last.end_byte, "".join(f",{between}{each}" for each in new))


def with_status(scope: Scope, value: Call, status: int) -> Fix | None:
    """An answer with another status; its body stays as it is."""
    if Kind.RESPOND not in scope.kinds(value):
        return None
    return fix(f"answer {status}", options(scope.module, value, 1, {"status": str(status)}), lang=LANG)


def without_body(scope: Scope, value: Call, status: int) -> Fix | None:
    """`new Response(null, { status: 204 })`: one with a body throws."""
    module, response = scope.module, value.receiver if value.name == "json" else None
    made = module.text(response) if response is not None else ""
    if value.unpacks or len(value.arguments) != 2 or not (made or value.is_new):
        return None
    empty = replace(module, value.arguments[0], "null")
    if not made:
        return fix("leave the body out", empty, safe=True, lang=LANG)
    head = replace(module, Span(value.span.start, value.function.span.end), f"new {made}")
    return fix("leave the body out", head, empty, safe=True, lang=LANG)


def guarded(handler: Handler, statement: Statement, row: Expression) -> Fix | None:
    """`if (!row) { return … 404 }` before the row is answered."""
    module, scope = handler.module, handler.scope
    node = statement_of(node_at(module, statement.span))
    if scope is None or not isinstance(row, Name) or node is None or not is_first(module, node.start_byte):
        return None
    indent, style = indented(module, node), style_of(module)
    subject = re.sub(r"(?<=[a-z])(?=[A-Z])", " ", row.name).lower()
    is_told = len(subject) > 2 and subject not in _ROWS
    sentence = f"{subject.capitalize()} not found" if is_told else "Not found"
    refusal = f"return {answer(scope, sentence, 404)}{style.end}"
    text = f"if (!{row.name}) {{\n{indent}{style.step}{refusal}\n{indent}}}\n{indent}"
    return fix("answer 404 when it is missing", insert(module, node.start_byte, text), lang=LANG)


def answered_in_catch(handler: Handler) -> Fix | None:
    """An answer with 500 at the end of the `catch` that has none: Next.js answers 500 for it already."""
    module, scope = handler.module, handler.scope
    blocks = [b for s in handler.own_statements for b in s.block.around if b.kind is BlockKind.TRY]
    tried = blocks[-1] if blocks else None
    caught = next((b for b in tried.handlers if not b.leaves), None) if tried is not None else None
    if scope is None or tried is None or caught is None or not tried.leaves:
        return None
    clause = node_at(module, caught.span)
    body = clause.child_by_field_name("body") if clause is not None else None
    if clause is None or body is None or not _ends_function(clause, handler):
        return None
    style, indent, name = style_of(module), indented(module, clause), (caught.names or ("",))[0]
    lines = [
        f"return {answer(scope, _logged_sentence(said(body)) or 'Something went wrong', 500)}{style.end}"
    ]
    told = (n for n in body.named_children if n.type == "expression_statement" and _mentions(n, name))
    if name.isidentifier() and not any(True for _ in told):
        lines.insert(0, f"console.error({name}){style.end}")
    text = "".join(f"\n{indent}{style.step}{line}" for line in lines)
    last = body.children[-2] if len(body.children) > 2 else None
    if last is None:
        at = replace(module, Span(*body.byte_range), f"{{{text}\n{indent}}}")
    elif is_first(module, body.children[-1].start_byte):
        at = insert(module, last.end_byte, text)
    else:
        between = " " if said(last).endswith((";", "}")) else "; "
        at = insert(module, last.end_byte, between + "; ".join(line.removesuffix(";") for line in lines))
    return fix("answer 500 there", at, safe=True, lang=LANG)


def _ends_function(clause: Node, handler: Handler) -> bool:
    """Whether nothing stands after the `try` of a `catch`, and its `try` is one of the function itself."""
    tried = clause.parent
    body = tried.parent if tried is not None else None
    of = body.parent if body is not None else None
    if tried is None or body is None or of is None or handler.function is None:
        return False
    if of.start_byte != handler.function.span.start or of.end_byte != handler.function.span.end:
        return False
    following = [n for n in body.named_children if n.start_byte > tried.start_byte and n.type != "comment"]
    return not following


def is_own_statement(handler: Handler, value: Expression) -> bool:
    """Whether a value is a statement of the handler itself, not of a function in it, whose result nobody answers."""
    node = statement_of(node_at(handler.module, value))
    if node is None or node.start_byte != value.span.start or handler.function is None:
        return False
    while node.parent is not None and node.type not in FUNCTIONS:
        node = node.parent
    return node.byte_range == handler.function.span


def without_text(handler: Handler, statement: Statement, part: Expression, block: Block) -> Fix | None:
    """A sentence for the text of any exception, which is logged instead."""
    module, scope = handler.module, handler.scope
    name = block.names[0] if block.names else ""
    if scope is None or not name.isidentifier():
        return None
    shown = _shown(statement, part, scope)
    logged = _logged(module, block, statement, name)
    if shown is None or logged is None:
        return None
    node, code, bound = shown
    entry = node if node.type == "shorthand_property_identifier" else node.parent
    is_entry = entry is not None and (entry is node or entry.type == "pair")
    if is_entry and entry is not None and _is_said_beside(entry):
        edit = _without_entry(module, entry)
    else:
        before = module.source.text(block.span.start, node.start_byte)
        own = _sentence(node) or _sentence(code)
        said_there = _logged_sentence(before) if not own or _SAYS_NOTHING.match(own) else ""
        text = style_of(module).text(said_there or own or unsure(statement, scope))
        edit = _with_value(module, node, text)
    unbound = _unbound(module, scope, bound) if bound is not None else ()
    return fix("log it, and answer with a sentence", edit, unbound, logged, lang=LANG)


def _with_value(module: Module, node: Node, text: str) -> Edit:
    """A text for what is shown: beside its key, where a longer one had a line of its own."""
    if node.type == "shorthand_property_identifier":
        return replace(module, Span(*node.byte_range), f"{said(node)}: {text}")
    before = node.prev_sibling
    start = node.start_byte
    if before is not None and before.type == ":" and before.end_point.row != node.start_point.row:
        line = module.source.text(line_at(module, before.start_byte)[0], before.end_byte)
        if len(line) + len(text) < _WIDTH:
            start, text = before.end_byte, f" {text}"
    return replace(module, Span(start, node.end_byte), text)


def _shown(
    statement: Statement, part: Expression, scope: Scope
) -> tuple[Node, Node, Statement | None] | None:
    """What the answer shows, the code that says it, and the statement that binds that to a name, if one does."""
    module, span = scope.module, statement.span
    if span.start <= part.span.start < span.end:
        node = _whole(node_at(module, part))
        return (node, node, None) if node is not None and _is_answered(node) else None
    for use in statement.value.walk() if statement.value is not None else ():
        bound = scope.binding(use.name, use.span.start) if isinstance(use, Name) else None
        if bound is None or bound.value is None or not bound.span.start <= part.span.start < bound.span.end:
            continue
        node, code = _whole(node_at(module, use)), node_at(module, bound.span)
        if node is not None and code is not None and _is_answered(node):
            return node, code, bound
    return None


def _whole(node: Node | None) -> Node | None:
    """The text that a piece of syntax is put into: a template, a sum, a choice."""
    while node is not None and node.parent is not None:
        above = node.parent
        call = above.parent if above.type == "arguments" else None
        is_text = call is not None and said(call.child_by_field_name("function")) in (
            "String",
            "encodeURIComponent",
        )
        if not is_text and above.type not in _TEXTS and not _is_member(above):
            return node
        node = call if is_text else above
    return None


def _is_member(node: Node) -> bool:
    """`error.message.slice(…)`, `error.toString()`: what a text is asked for."""
    if node.type == "member_expression":
        return True
    return (
        node.type == "call_expression"
        and said(node).rstrip().endswith(")")
        and node.children[0].type == "member_expression"
    )


def _is_answered(node: Node) -> bool:
    """Whether it is what an answer is made of: not a part of a URL."""
    above = node.parent
    while above is not None and above.type in ("pair", "object", "array", *_WRAPS):
        above = above.parent
    if above is None or above.type in ("return_statement", "arrow_function"):
        return above is not None
    call = above.parent if above.type == "arguments" else None
    if call is None:
        return False
    made = said(call.child_by_field_name("function") or call.child_by_field_name("constructor"))
    return made.rpartition(".")[2] in ("json", "stringify", "send") or made.endswith("Response")


def _key_of(entry: Node) -> str:
    """The key of a property, `name` of `{ name }`."""
    return said(entry.child_by_field_name("key") or entry).strip("'\"").lower()


def _is_said_beside(entry: Node) -> bool:
    """Whether the object says in a text of its own that something failed, and this only adds the details."""
    if entry.parent is None:
        return False
    others = [other for other in entry.parent.named_children if other.type == "pair" and other != entry]
    says = [other.child_by_field_name("value") for other in others if _key_of(other) in _SAYS]
    is_text = any(value is not None and value.type == "string" for value in says)
    return is_text or (_key_of(entry) == "stack" and bool(others))


def _without_entry(module: Module, entry: Node) -> Edit:
    """Nothing is left of a property, nor of its line."""
    following, before = entry.next_sibling, entry.prev_sibling
    if following is not None and following.type == ",":
        after = following.end_byte
        if is_first(module, entry.start_byte):
            return without_line(module, Span(entry.start_byte, after))
        gap = module.source.text(after, after + 400)
        return replace(module, Span(entry.start_byte, after + len(gap) - len(gap.lstrip(" "))), "")
    start = before.start_byte if before is not None and before.type == "," else entry.start_byte
    return replace(module, Span(start, entry.end_byte), "")


def _sentence(code: Node) -> str:
    """What the code of a text says without the exception: its other choice, or what it begins with."""
    if code.type in _WRAPS:
        return _sentence(code.named_children[0])
    operator, left = said(code.child_by_field_name("operator")), code.child_by_field_name("left")
    if code.type == "ternary_expression" or operator in ("||", "??"):
        choices = [code.child_by_field_name(name) for name in ("consequence", "alternative", "right")]
        texts = [said(node)[1:-1] for node in choices if node is not None and node.type == "string"]
        return next((text for text in texts if _begun(text)), "")
    first = code.named_children[0] if code.type == "template_string" and code.named_children else left
    if first is None or first.type not in ("string", "string_fragment") or operator not in ("", "+"):
        return ""
    return _begun(said(first).strip("'\""))


def _begun(text: str) -> str:
    """A sentence from the beginning of a text; empty when it says nothing, or needs quotes."""
    text = TEXT_END.sub("", text).strip()
    is_plain = re.fullmatch(r"[^'\"`\\\n$]+", text) is not None
    return text if is_plain and re.search(r"[^\W\d_]{3}", text) else ""


def _logged_sentence(text: str) -> str:
    """What a `catch` writes into the log first: `console.error("Could not load it:", error)`."""
    for match in re.finditer(r"console\.(?:error|log|warn)\(\s*(['\"`])((?:(?!\1)[^\\$\n])*)\1", text):
        said_there = _begun(match[2])
        if " " in said_there and said_there[0].isupper():
            return said_there
    return ""


def _unbound(module: Module, scope: Scope, bound: Statement) -> tuple[Edit, ...] | None:
    """The statement that made the text goes when nothing else uses it; None where it is made in several steps."""
    node = statement_of(node_at(module, bound.span))
    if node is None or not node.type.endswith("_declaration") or len(node.named_children) != 1:
        return None
    found = uses(module, bound.targets[0], scope.function.span)
    return (without_line(module, Span(*node.byte_range)),) if len(found) == 2 else ()


def _logged(module: Module, block: Block, statement: Statement, name: str) -> tuple[Edit, ...] | None:
    """`console.error(error)` before the answer, unless the `catch` hands the error to something already."""
    node = statement_of(node_at(module, statement.span))
    if node is None or node.start_byte < block.span.start:
        return None  # `(error) => error.message` has no room for it
    if any(_mentions(earlier, name) for earlier in _before(node, block)):
        return ()
    if is_first(module, node.start_byte):
        line = f"console.error({name}){style_of(module).end}\n{indented(module, node)}"
        return (insert(module, node.start_byte, line),)
    return (insert(module, node.start_byte, f"console.error({name}); "),)


def _before(node: Node, block: Block) -> Iterator[Node]:
    """The calls that are statements of their own and run before a statement of a `catch`, whichever way leads there."""
    while node.parent is not None and node.start_byte > block.span.start:
        siblings = node.parent.named_children if node.parent.type in BLOCKS else []
        yield from (n for n in siblings if n.type == "expression_statement" and n.end_byte <= node.start_byte)
        node = node.parent


def _mentions(node: Node, name: str) -> bool:
    return re.search(rf"(?<![\w.]){re.escape(name)}(?!\w)", said(node)) is not None
