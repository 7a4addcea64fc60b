"""Turns a folder name under `app/` into a segment of the URL, or says what is wrong with the name."""

import keyword
import re
import unicodedata
from dataclasses import dataclass
from enum import IntEnum
from functools import lru_cache
from urllib.parse import unquote


class Kind(IntEnum):
    """What a folder stands for. The order is the specificity: a lower kind is tried first."""

    STATIC = 0
    DYNAMIC = 1
    CATCH_ALL = 2
    OPTIONAL_CATCH_ALL = 3
    GROUP = 4
    PRIVATE = 5

    __hash__ = int.__hash__  # Enum's own is written in Python: it is most of what matching folders would cost


# Names of the module: looking a member up on the class is slow.
_CATCH_ALLS = (Kind.CATCH_ALL, Kind.OPTIONAL_CATCH_ALL)
_PARAMETERS = (Kind.DYNAMIC, *_CATCH_ALLS)


@dataclass(frozen=True, slots=True)
class Segment:
    """One folder of a route.

    `folder` is the name on disk (`[id]`), `name` is the decoded text of a static segment (`users`), the parameter of
    a dynamic one (`id`), or the name inside a group's parentheses.
    """

    folder: str
    kind: Kind
    name: str

    @property
    def is_parameter(self) -> bool:
        """True for `[x]`, `[...x]` and `[[...x]]`."""
        return self.kind in _PARAMETERS

    @property
    def is_catch_all(self) -> bool:
        """True for `[...x]` and `[[...x]]`."""
        return self.kind in _CATCH_ALLS


class SegmentError(ValueError):
    """A folder name that no URL can mean; `hint` is the repair."""

    def __init__(self, message: str, *, hint: str) -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint


PARAMETER_FORMS = (
    (re.compile(r"\[\[\.\.\.([^\[\]]*)\]\]"), Kind.OPTIONAL_CATCH_ALL, "[[...{}]]"),
    (re.compile(r"\[\.\.\.([^\[\]]*)\]"), Kind.CATCH_ALL, "[...{}]"),
    (re.compile(r"\[([^\[\]]*)\]"), Kind.DYNAMIC, "[{}]"),
)


@lru_cache(4096)
def parse(folder: str) -> Segment:
    """Read one folder name.

    Next.js conventions: `[x]`, `[...x]`, `[[...x]]`, `(group)`, `_private`, `%5Fx` for a URL that starts with `_`.
    Names that Next.js serves literally by accident (`x[id]`, `[slug].json`, `@slot`, `(.)x`) are refused here.

    Raises:
        SegmentError: the name has no meaning; its `hint` is the repair.
    """
    if folder.startswith("_"):
        return Segment(folder, Kind.PRIVATE, folder)
    if folder.startswith("@"):
        raise SegmentError(
            f"`{folder}` is a parallel route (slot), which routegen does not have",
            hint=f"rename the folder to `{folder[1:] or 'name'}`, or to `_{folder[1:]}` if it holds no routes",
        )
    if folder.startswith("("):
        return _group(folder)
    if "[" in folder or "]" in folder:
        return _parameter(folder)
    return Segment(folder, Kind.STATIC, unicodedata.normalize("NFC", unquote(folder)))


def _group(folder: str) -> Segment:
    if re.match(r"\(\.{1,3}\)", folder):
        plain = re.sub(r"^(\(\.{1,3}\))+", "", folder)
        raise SegmentError(
            f"`{folder}` is an intercepting route, which routegen does not have",
            hint=f"rename the folder to `{plain or 'name'}`",
        )
    if not folder.endswith(")") or folder.count("(") != 1 or folder == "()":
        raise SegmentError(
            f"`{folder}` starts like a route group but is none",
            hint="write the whole name in one pair of parentheses, for example `(shop)`",
        )
    return Segment(folder, Kind.GROUP, folder[1:-1])


def _parameter(folder: str) -> Segment:
    for form, kind, shape in PARAMETER_FORMS:
        if match := form.fullmatch(folder):
            return Segment(folder, kind, _parameter_name(folder, match[1], shape))
    raise bad_brackets(folder)


def _parameter_name(folder: str, name: str, shape: str) -> str:
    if name.isidentifier() and not keyword.iskeyword(name):
        return name
    repaired = re.sub(r"\W+", "_", name.replace("…", "").lstrip(".")).strip("_")
    if not repaired:
        raise SegmentError(f"`{folder}` has no parameter name", hint="name the parameter, for example `[id]`")
    if name.startswith((".", "…")):
        raise SegmentError(
            f"`{folder}` is no catch-all: it takes exactly three dots",
            hint=f"rename the folder to `[...{repaired}]`",
        )
    if keyword.iskeyword(repaired) or not repaired.isidentifier():
        repaired = f"{repaired}_" if keyword.iskeyword(repaired) else f"p_{repaired}"
    raise SegmentError(
        f"`{folder}`: `{name}` cannot be the name of a Python parameter",
        hint=f"rename the folder to `{shape.format(repaired)}`",
    )


def bad_brackets(folder: str) -> SegmentError:
    """What is wrong with a name whose brackets are no parameter, with the repair."""
    if match := re.fullmatch(r"\[\[([^\[\].]+)\]\]", folder):
        return SegmentError(
            f"`{folder}` is an optional segment, which only a catch-all can be",
            hint=f"rename the folder to `[{match[1]}]` or `[[...{match[1]}]]`",
        )
    if folder.count("[") != folder.count("]"):
        name = re.sub(r"\W", "", folder) or "id"
        return SegmentError(
            f"`{folder}` has unbalanced brackets",
            hint=f"rename the folder to `[{name}]`, or leave the brackets out",
        )
    inner = re.search(r"\[+(?:\.\.\.)?(\w+)\]+", folder)
    name = inner[1] if inner else "id"
    return SegmentError(
        f"`{folder}` has a parameter in one part of the name only",
        hint=f"make the whole folder the parameter, `[{name}]`, and take the rest apart in the handler",
    )
