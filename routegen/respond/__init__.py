"""Answers for route handlers: each function turns a value into a Starlette `Response`, also in plain FastAPI.

json         a value as JSON
error        the error envelope `{"error": "…"}`
no_content   204
redirect     to another URL
Redirect     the same, raised
"""

from routegen.respond.answers import Redirect, error, json, no_content, redirect

__all__ = ["Redirect", "error", "json", "no_content", "redirect"]
