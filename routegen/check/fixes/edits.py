"""Small edits that rules put their fixes together from: replace, insert, set a keyword, remove a statement."""

import re
from collections import defaultdict
from collections.abc import Iterable, Mapping
from itertools import pairwise

from tree_sitter import Node

from routegen.check.finding import Edit, Fix
from routegen.handlers.expression import Call, Expression, Span, Unpacked
from routegen.handlers.function import Module
from routegen.handlers.source import Source
from routegen.routes import NEXT_SUFFIXES

_BLOCKS = ("block", "module", "statement_block", "program", "switch_case", "switch_default")
_TEXTS = ('"""', "'''", "`")
"""What begins a text that may go over several lines."""

_NAMES = ("identifier", "shorthand_property_identifier", "shorthand_property_identifier_pattern")


def fix(
    title: str, *edits: "Edit | tuple[Edit, ...] | None", safe: bool = False, lang: str = "python"
) -> Fix | None:
    """The fix of these edits, which write code of `lang`.

    None when one of them cannot be made, is in a file of the other language, or two get in each other's way.
    """
    found: list[Edit] = []
    for edit in edits:
        if edit is None:
            return None
        found += edit if isinstance(edit, tuple) else (edit,)
    found = list(dict.fromkeys(found))
    in_order = sorted(found, key=lambda edit: (str(edit.path), edit.start, edit.end))
    if any(one.path == other.path and other.start < one.end for one, other in pairwise(in_order)):
        return None
    if any(edit.path.name.endswith(NEXT_SUFFIXES if lang == "python" else ".py") for edit in found):
        return None
    return Fix(title, tuple(found), is_safe=safe)


def span_of(of: Expression | Span) -> Span:
    """The stretch of an expression."""
    return of.span if isinstance(of, Expression) else of


def written(module: Module, of: Expression | Span) -> str:
    """The source as it stands there, lines and all."""
    span = span_of(of)
    return module.source.text(span.start, span.end)


def replace(module: Module, of: Expression | Span, text: str) -> Edit:
    """`text` instead of an expression."""
    span = span_of(of)
    return Edit(module.source.path, span.start, span.end, text)


def insert(module: Module, at: int, text: str) -> Edit:
    """`text` before a byte."""
    return replace(module, Span(at, at), text)


def line_at(module: Module, byte: int) -> tuple[int, str]:
    """Where the line of a byte begins, and what it is indented by."""
    before = module.source.text(0, byte)
    line = before[before.rfind("\n") + 1 :]
    return byte - len(line.encode()), line[: len(line) - len(line.lstrip())]


def is_first(module: Module, byte: int) -> bool:
    """Whether nothing but the indentation stands before a byte on its line."""
    start, indent = line_at(module, byte)
    return start + len(indent.encode()) == byte


def rest_of_line(module: Module, byte: int) -> str:
    """What follows on the line, without its end."""
    following = module.source.text(byte, byte + 2_000)
    return following.partition("\n")[0].rstrip("\r")


def keywords(module: Module, call: Call, wanted: Mapping[str, str]) -> tuple[Edit, ...] | None:
    """Give a call these keyword arguments, or those that it has these values."""
    given = [*call.arguments, *call.keywords.values()]
    if call.unpacks or any(isinstance(argument, Unpacked) for argument in given):
        return None
    new = [f"{name}={value}" for name, value in wanted.items() if name not in call.keywords]
    edits = [replace(module, call.keywords[name], wanted[name]) for name in wanted if name in call.keywords]
    if not new:
        return all_of(edits)
    if not given:
        return all_of([insert(module, call.span.end - 1, ", ".join(new))])
    last = max(given, key=lambda argument: argument.span.end).span.end
    gap = module.source.text(last, call.span.end)
    start, indent = line_at(module, last)
    is_broken = "\n" in gap and start > call.function.span.end  # a line for each argument
    between = f",\n{indent}" if is_broken else ", "
    return all_of([*edits, insert(module, last, "".join(between + argument for argument in new))])


def all_of(edits: Iterable[Edit | None]) -> tuple[Edit, ...] | None:
    """The edits; None when one of them cannot be made."""
    found = [*edits]
    made = tuple(edit for edit in found if edit is not None)
    return made if len(made) == len(found) else None


def statement_span(module: Module, at: Span) -> Span:
    """The statement around a stretch, from its first byte to its last."""
    node = module.source.root.descendant_for_byte_range(*at) if isinstance(module.source, Source) else None
    while node is not None and (node.parent is None or node.parent.type not in _BLOCKS):
        node = node.parent
    return Span(node.start_byte, node.end_byte) if node is not None else at


def block_span(module: Module, statement: Span) -> Span:
    """The block that a statement stands in."""
    root = module.source.root if isinstance(module.source, Source) else None
    node = root.descendant_for_byte_range(*statement) if root is not None else None
    while node is not None and node.parent is not None and node.type not in _BLOCKS:
        node = node.parent
    return Span(node.start_byte, node.end_byte) if node is not None else statement


def has_lines(module: Module, span: Span) -> bool:
    """Whether a statement has its lines for itself, and no text in it goes over several."""
    text = module.source.text(*span)
    is_alone = is_first(module, span.start) and not rest_of_line(module, span.end).strip()
    return is_alone and not any(quotes in text for quotes in _TEXTS)


def without_line(module: Module, span: Span) -> Edit:
    """Nothing is left of a stretch, nor of its line when nothing else stands on it."""
    start, end = span
    start_of_line, _ = line_at(module, start)
    rest = rest_of_line(module, end)
    if rest.strip():
        return Edit(module.source.path, start, end + len(rest.encode()) - len(rest.lstrip().encode()), "")
    if not is_first(module, start):
        before = module.source.text(start_of_line, start)
        return Edit(module.source.path, start_of_line + len(before.rstrip().encode()), end, "")
    following = module.source.text(end, end + 2_000)
    until = end + len((following.partition("\n")[0] + "\n" * ("\n" in following)).encode())
    return Edit(module.source.path, start_of_line, until, "")


def mentions(module: Module, name: str) -> list[int]:
    """Where a name stands in the file, in bytes; in texts and comments too."""
    text = module.whole
    return [len(text[: m.start()].encode()) for m in re.finditer(rf"(?<![\w.]){re.escape(name)}(?!\w)", text)]


def uses(module: Module, name: str, within: Span | None = None) -> list[Span]:
    """Where the code means a variable of this name: no attribute, no keyword of a call, no text."""
    if not isinstance(module.source, Source):
        return []
    if within is None and name.isascii():
        places = _words(module, module.source.data).get(name.encode(), [])
    else:
        start, end = within or (0, len(module.source.data))
        pattern = re.compile(re.escape(name.encode()))
        places = [Span(*match.span()) for match in pattern.finditer(module.source.data, start, end)]
    found: list[Span] = []
    for place in places:
        node = module.source.root.descendant_for_byte_range(*place)
        if node is not None and node.byte_range == place and node.type in _NAMES:
            found += [] if _is_member(node) else [place]
    return found


def _words(module: Module, data: bytes) -> dict[bytes, list[Span]]:
    """Where each word of a file stands: looked for once, whatever is asked about it."""
    if "words" not in module.shared:
        found = module.shared["words"] = defaultdict[bytes, list[Span]](list)
        for match in re.finditer(rb"\w+", data):
            found[match[0]].append(Span(*match.span()))
    return module.shared["words"]


def _is_member(node: Node) -> bool:
    parent = node.parent
    if parent is None:
        return False
    field = {"attribute": "attribute", "keyword_argument": "name"}.get(parent.type)
    return field is not None and parent.child_by_field_name(field) == node
