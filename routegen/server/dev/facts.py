"""Turns an ASGI scope into what a dev page shows of the request, its secrets masked."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qsl, quote

from starlette.types import Scope

from routegen.server.dev.mask import DOTS, mask
from routegen.server.dev.text import cut, visible

Pairs = tuple[tuple[str, str], ...]

_MAX_PAIRS = 100
_MAX_VALUE = 1000


@dataclass(frozen=True, slots=True)
class RequestFacts:
    """A request as it came; only `masked` may be shown."""

    method: str
    path: str
    query: Pairs = ()
    headers: Pairs = ()
    cookies: Pairs = ()
    path_params: Pairs = ()

    @classmethod
    def of(cls, scope: Scope) -> "RequestFacts":
        """The facts of an ASGI scope; what cannot be decoded is shown as it is."""
        headers = [
            (name.decode("latin-1"), value.decode("latin-1")) for name, value in scope.get("headers", ())
        ]
        query = parse_qsl(
            scope.get("query_string", b"").decode("latin-1"), keep_blank_values=True, errors="replace"
        )
        cookies = [pair for name, value in headers if name.lower() == "cookie" for pair in _cookies(value)]
        raw: bytes = scope.get("raw_path") or b""
        path = raw.partition(b"?")[0].decode("latin-1") or str(scope.get("path", ""))
        return cls(
            method=str(scope.get("method", "GET")),
            path=path,
            query=tuple(query),
            headers=tuple(headers),
            cookies=tuple(cookies),
            path_params=_parameters(scope.get("path_params") or {}),
        )

    def masked(self) -> "RequestFacts":
        """The same without secrets; a path parameter that is one goes from the path too. Long values are cut."""
        path = self.path
        for name, value in self.path_params:
            if value and mask(name, value) != value:
                for spelling in (
                    quote(value, safe="", errors="replace"),
                    quote(value, errors="replace"),
                    value,
                ):
                    path = path.replace(spelling, DOTS)
        return RequestFacts(
            method=self.method,
            path=cut(mask("path", path), _MAX_VALUE),
            query=_masked(self.query),
            headers=_masked(self.headers),
            cookies=tuple((name, DOTS) for name, _ in self.cookies[:_MAX_PAIRS]),
            path_params=_masked(self.path_params),
        )

    def as_json(self) -> dict[str, Any]:
        """What may be shown, as JSON; a name that occurs twice is listed twice."""
        shown = self.masked()
        groups = {"query": shown.query, "headers": shown.headers, "cookies": shown.cookies}
        lists = {
            name: [[visible(text) for text in pair] for pair in pairs]
            for name, pairs in {**groups, "path_params": shown.path_params}.items()
        }
        return {"method": visible(shown.method), "path": visible(shown.path), **lists}


def _masked(pairs: Iterable[tuple[str, str]]) -> Pairs:
    bounded = list(pairs)[:_MAX_PAIRS]
    return tuple((cut(name, 200), cut(mask(name, value), _MAX_VALUE)) for name, value in bounded)


def _parameters(parameters: Mapping[str, Any]) -> Pairs:
    return tuple((str(name), _joined(value)) for name, value in parameters.items())


def _joined(value: Any) -> str:
    return "/".join(map(str, value)) if isinstance(value, list | tuple) else str(value)  # pyright: ignore[reportUnknownArgumentType, reportUnknownVariableType]


def _cookies(header: str) -> list[tuple[str, str]]:
    parts = [part.strip().partition("=") for part in header.split(";")]
    return [(name, value) for name, _, value in parts if name]
