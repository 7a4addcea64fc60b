"""Turns the words after a pattern (`--max-size 10MB`, `--inbox`) into the values of the options it declares."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from difflib import get_close_matches

from routegen.errors import UsageError
from routegen.scaffold.naming import shown
from routegen.scaffold.pattern import Option, Pattern

COMMON = ("--path", "--dry-run", "--diff", "--force", "--guard", "--public", "--help")
"""Options of `routegen add` itself, offered when an unknown one resembles them."""

_SIZE = re.compile(r"([0-9]{1,12}) ?(|B|KB|MB|GB|KiB|MiB|GiB)", re.IGNORECASE)
_POWERS = {"": 0, "B": 0, "K": 1, "M": 2, "G": 3}
_HARMLESS = re.compile(r"[A-Za-z0-9 ._~:/@+*,;=?&%#!^$|()\[\]-]*")
_TEMPLATE = re.compile(r"(?:[A-Za-z0-9 ._~:/@+*,;=?&%#!^$|()\[\]-]|\{[a-z0-9-]+(?::[A-Za-z0-9_.=-]+)?\})*")


@dataclass(frozen=True, slots=True)
class Size:
    """A number of bytes as it was given, `10MB`; a kilobyte has 1024 bytes."""

    text: str
    bytes: int

    @property
    def code(self) -> str:
        """The number as Python source that a reader understands: `10 * 1024 * 1024`."""
        number, power = self.bytes, 0
        while number and number % 1024 == 0:
            number, power = number // 1024, power + 1
        return " * ".join([str(number), *["1024"] * power])


Value = bool | str | Size | tuple[str, ...]


def split(pattern: Pattern, words: Sequence[str]) -> tuple[tuple[str, ...], dict[str, tuple[str, ...]]]:
    """Part the positional arguments from the options, which stay as they were given.

    Raises:
        UsageError: an option that the pattern does not have, or one without its value.
    """
    arguments: list[str] = []
    given: dict[str, tuple[str, ...]] = {}
    left = iter(words)
    for word in left:
        if not word.startswith("-") or word == "-":
            arguments.append(word)
            continue
        option, value = _read(pattern, word, left)
        if option.name in given and option.kind != "repeat":
            raise UsageError(f"`{option.flag}` is given twice", hint="leave one of them out")
        given[option.name] = (*given.get(option.name, ()), value)
    return tuple(arguments), given


def values(pattern: Pattern, given: Mapping[str, tuple[str, ...]]) -> dict[str, Value]:
    """The value of every option of the pattern, by its name.

    Raises:
        UsageError: a value that the option does not take, with one that it does.
    """
    return {option.name: _value(option, given.get(option.name)) for option in pattern.options}


def recorded(found: Mapping[str, Value]) -> dict[str, bool | str | list[str]]:
    """The values as JSON has them."""
    return {name: _plain(value) for name, value in found.items()}


def holds(condition: str, facts: Mapping[str, Value]) -> bool:
    """Whether a manifest's `when` is true: `inbox`, `!inbox`, `kind=sse`, `kind!=sse`; empty is true."""
    if not condition:
        return True
    if "=" in condition:
        name, _, wanted = condition.partition("=")
        value = facts[name.removesuffix("!")]
        found = wanted in value if isinstance(value, tuple) else wanted == value
        return found != name.endswith("!")
    return bool(facts[condition.removeprefix("!")]) != condition.startswith("!")


def unknown(name: str, known: Sequence[str], help: str) -> UsageError:
    """The error about an option that is none of `known` and none of `add` itself; `help` is the command to see."""
    near = get_close_matches(name, [*known, *COMMON], n=1)
    hint = f"did you mean `{near[0]}`?" if near else f"see `{help}`"
    return UsageError(f"no such option `{shown(name)}`", hint=hint)


def _read(pattern: Pattern, word: str, left: Iterator[str]) -> tuple[Option, str]:
    name, has_value, value = word.partition("=")
    option = next((option for option in pattern.options if option.flag == name), None)
    if option is None:
        raise unknown(
            name, [option.flag for option in pattern.options], f"routegen add {pattern.name} --help"
        )
    if option.kind == "flag":
        if has_value:
            raise UsageError(f"`{option.flag}` takes no value", hint=f"leave out `={shown(value)}`")
        return option, ""
    if not has_value:
        following = next(left, None)
        if following is None or any(following == other.flag for other in pattern.options):
            raise UsageError(f"`{option.flag}` needs a value", hint=_for_example(option))
        value = following
    return option, value


def _value(option: Option, given: tuple[str, ...] | None) -> Value:
    if option.kind == "flag":
        return given is not None
    for text in given or ():
        _check(option, text)
    if option.kind == "repeat":
        return tuple(dict.fromkeys(given or ()))
    text = option.default if given is None else given[-1]
    return _size(option, text) if option.kind == "size" else text


def _check(option: Option, text: str) -> None:
    if option.choices and text not in option.choices:
        near = get_close_matches(text, option.choices, n=1)
        offer = f"did you mean `{near[0]}`? " if near else ""
        raise UsageError(
            f"`{shown(text)}` is no value of `{option.flag}`",
            hint=f"{offer}choose {' or '.join(option.choices)}",
        )
    allowed = _TEMPLATE if option.kind == "template" else _HARMLESS
    if not text or not allowed.fullmatch(text):  # it becomes part of source code
        raise UsageError(f"`{shown(text)}` is no value of `{option.flag}`", hint=_for_example(option))


def _size(option: Option, text: str) -> Size:
    match = _SIZE.fullmatch(text)
    if match is None or int(match[1]) == 0:
        raise UsageError(f"`{shown(text)}` is no size for `{option.flag}`", hint=_for_example(option))
    power = _POWERS[match[2][:1].upper()]
    return Size(text, int(match[1]) * 1024**power)


def _for_example(option: Option) -> str:
    return f"for example `{option.flag} {option.sample}`"


def _plain(value: Value) -> bool | str | list[str]:
    if isinstance(value, Size):
        return value.text
    return list(value) if isinstance(value, tuple) else value
