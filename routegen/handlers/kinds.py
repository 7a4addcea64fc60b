"""What a library's names mean to a handler: kinds, types and argument roles, read from tables of data.

One TOML file a library in `libraries/`:

    [kinds]    VERIFY = ["stripe.Webhook.construct_event"]    a call or an attribute with this dotted name
               BLOCKING = ["requests.*"]    everything below it
    [names]    "starlette.requests.Request" = "fastapi.Request"    one name for what has several
    [types]    "fastapi.Request.form" = "starlette.FormData"    what an attribute, call or element (`[]`) is
    [methods]  DB_WRITE = ["insert_one"]    a method whose name alone tells
    [roles]    "builtins.open" = { path = [0, "file"] }    which argument plays which part
    headers    request headers that tell who sends
    lang       the language of its `methods`, Python if it says nothing
"""

import tomllib
from dataclasses import dataclass, field
from enum import StrEnum
from functools import cache
from importlib import resources
from typing import Any


class Kind(StrEnum):
    """What a call or an attribute does, as far as a rule cares."""

    READ_JSON = "READ_JSON"
    READ_RAW = "READ_RAW"
    READ_FORM = "READ_FORM"
    READ_FILE = "READ_FILE"
    FILE_NAME = "FILE_NAME"
    HEADER = "HEADER"
    QUERY = "QUERY"
    PARAM = "PARAM"
    COOKIE = "COOKIE"
    PARSE = "PARSE"
    KEEP = "KEEP"  # its result holds its arguments whole: str(), Path(), json.dumps()
    VERIFY = "VERIFY"
    HMAC = "HMAC"
    COMPARE = "COMPARE"
    AUTH_CHECK = "AUTH_CHECK"
    OPEN_PATH = "OPEN_PATH"
    ACTION = "ACTION"  # makes a server function of the function it is given
    GUARD = "GUARD"  # what it is given runs first
    AUTH_FIND = "AUTH_FIND"  # who calls, or None: it refuses nobody
    AS_CALLER = "AS_CALLER"  # a client that acts in the caller's name: the policies of the rows may refuse
    DB_READ = "DB_READ"
    DB_WRITE = "DB_WRITE"
    MAIL = "MAIL"
    EXTERNAL = "EXTERNAL"
    ENQUEUE = "ENQUEUE"
    RESPOND = "RESPOND"
    REDIRECT = "REDIRECT"
    HTML = "HTML"
    ERROR = "ERROR"
    DEPENDS = "DEPENDS"
    FORM_FIELD = "FORM_FIELD"
    FILE_FIELD = "FILE_FIELD"
    BODY_FIELD = "BODY_FIELD"
    HEADER_FIELD = "HEADER_FIELD"
    QUERY_FIELD = (
        "QUERY_FIELD"  # asked for by no name: any marker of a parameter says that it is not the body
    )
    PATH_FIELD = "PATH_FIELD"
    COOKIE_FIELD = "COOKIE_FIELD"
    PROBE = "PROBE"  # tells whether a file is there
    FS_READ = "FS_READ"
    FS_WRITE = "FS_WRITE"
    FS_DELETE = "FS_DELETE"
    COOKIE_WRITE = "COOKIE_WRITE"
    COOKIE_DELETE = "COOKIE_DELETE"
    BLOCKING = "BLOCKING"
    BLOCKING_FILE = "BLOCKING_FILE"  # short for small files
    STREAM = "STREAM"
    ASYNC = "ASYNC"  # gives what must be awaited
    FIND_ONE = "FIND_ONE"  # one row, or None
    SECRET = "SECRET"  # a key that is used to sign or to verify
    THREAD = "THREAD"  # runs a function elsewhere: the loop goes on
    LLM = "LLM"
    EXTERNAL_WRITE = "EXTERNAL_WRITE"  # makes or changes what another service keeps
    PRESIGN = "PRESIGN"  # makes an address by which its holder may do what it is given
    OPERATION = "OPERATION"  # a decorator that leaves the handler as it is


Role = tuple[int, str]
"""An argument: its position (-1 is the object of a method call) and its keyword."""


@dataclass(slots=True)
class Vocabulary:
    """All tables together. Dotted names in, meaning out."""

    kinds: dict[str, frozenset[Kind]] = field(default_factory=dict[str, frozenset[Kind]])
    names: dict[str, str] = field(default_factory=dict[str, str])
    types: dict[str, str] = field(default_factory=dict[str, str])
    roles: dict[str, dict[str, Role]] = field(default_factory=dict[str, dict[str, Role]])
    methods: dict[tuple[str, str], frozenset[Kind]] = field(
        default_factory=dict[tuple[str, str], frozenset[Kind]]
    )
    headers: dict[str, str] = field(default_factory=dict[str, str])
    _canonical: dict[str, str] = field(default_factory=dict[str, str])
    _kinds: dict[str, frozenset[Kind]] = field(default_factory=dict[str, frozenset[Kind]])

    def add(self, library: str, table: dict[str, Any]) -> None:
        """Add one library's table.

        Raises:
            ValueError: it names a kind that does not exist.
        """
        for kind, names in table.get("kinds", {}).items():
            for name in names:
                self.kinds[name] = self.kinds.get(name, frozenset()) | {Kind(kind)}
        lang = table.get("lang", "python")
        for kind, names in table.get("methods", {}).items():
            for name in names:
                self.methods[lang, name] = self.methods.get((lang, name), frozenset()) | {Kind(kind)}
        self.names.update(table.get("names", {}))
        self.types.update(table.get("types", {}))
        for name, roles in table.get("roles", {}).items():
            self.roles[name] = {role: (int(at[0]), str(at[1])) for role, at in roles.items()}
        self.headers.update(dict.fromkeys(table.get("headers", []), library))

    def canonical(self, dotted: str) -> str:
        """The one name of what has several: the longest beginning that the tables rename."""
        if (known := self._canonical.get(dotted)) is not None:
            return known
        end = len(dotted)
        while end > 0 and dotted[:end] not in self.names:
            end = dotted.rfind(".", 0, end)
        found = self.names[dotted[:end]] + dotted[end:] if end > 0 else dotted
        self._canonical[dotted] = found
        return found

    def kinds_of(self, dotted: str | None) -> frozenset[Kind]:
        """What the thing with this dotted name does; empty for an unknown one."""
        if dotted is None:
            return frozenset()
        if (known := self._kinds.get(dotted)) is None:
            known = self.kinds.get(dotted, frozenset())
            end = dotted.rfind(".")
            while end > 0:
                known |= self.kinds.get(f"{dotted[:end]}.*", frozenset())
                end = dotted.rfind(".", 0, end)
            self._kinds[dotted] = known
        return known

    def knows(self, dotted: str) -> bool:
        """Whether the tables say anything about this name or the class it belongs to."""
        return bool(self.kinds_of(dotted)) or dotted in self.types or dotted.rpartition(".")[0] in self.kinds


@cache
def vocabulary() -> Vocabulary:
    """The tables that come with routegen."""
    found = Vocabulary()
    folder = resources.files("routegen.handlers") / "libraries"
    for file in sorted(folder.iterdir(), key=lambda file: file.name):
        if file.name.endswith(".toml"):
            found.add(file.name.removesuffix(".toml"), tomllib.loads(file.read_text(encoding="utf-8")))
    return found
