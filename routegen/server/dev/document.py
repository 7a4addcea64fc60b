"""Turns the body of a dev page into a whole HTML document that needs no other file and no inline handler."""

import html
from functools import cache
from pathlib import Path

from routegen.server.dev.text import visible

_ASSETS = Path(__file__).parent / "assets"
_SAFE = ("GET", "HEAD")


def escape(text: object) -> str:
    """Any text as HTML text or attribute value, invisible characters written out."""
    return html.escape(visible(str(text), keep="\n\t"), quote=True)


def page_headers(nonce: str) -> dict[str, str]:
    """Headers for a dev page that was made with this nonce: nothing loads, nothing embeds it, nothing keeps it."""
    policy = (
        f"default-src 'none'; style-src 'nonce-{nonce}'; script-src 'nonce-{nonce}'; img-src data:; "
        "connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    )
    return {
        "content-security-policy": policy,
        "cache-control": "no-store",
        "referrer-policy": "no-referrer",
        "x-content-type-options": "nosniff",
        "cross-origin-resource-policy": "same-origin",
    }


def document(title: str, body: str, *, method: str, version: int | None, nonce: str) -> str:
    """A document that follows the code: it reloads when the version changes, or offers to if that sends again."""
    marker = f' nonce="{escape(nonce)}"' if nonce else ""
    safe = "yes" if method.upper() in _SAFE else "no"
    return (
        '<!doctype html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        '<meta name="color-scheme" content="light dark">\n<link rel="icon" href="data:,">\n'
        f"<title>{escape(title)}</title>\n<style{marker}>\n{_asset('page.css')}</style>\n</head>\n"
        f'<body data-safe="{safe}" data-version="{"" if version is None else int(version)}">\n'
        f"{_bar(method)}<main>\n{body}</main>\n<script{marker}>\n{_asset('page.js')}</script>\n</body>\n</html>\n"
    )


def _bar(method: str) -> str:
    return (
        '<div class="bar"><span class="brand">routegen<b>dev</b></span>'
        '<span id="live" class="live" role="status">Reloads when you save</span></div>\n'
        '<div id="saved" class="saved" role="alert" hidden><span>Saved.</span>'
        f'<button id="retry" type="button">Retry the {escape(method)}</button></div>\n'
    )


@cache
def _asset(name: str) -> str:
    return (_ASSETS / name).read_text(encoding="utf-8")
