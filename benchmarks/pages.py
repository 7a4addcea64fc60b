"""Requests a second of a page and its form: routegen against the same in plain FastAPI with Jinja2, in one run.

    python benchmarks/pages.py [--rounds 5] [--seconds 2]

Needs `wrk`. Both servers show the same HTML (a page in a layout, ten rows, a form) and take the same form: they validate
it with the same Pydantic model and answer 303, or 422 with the page once more. routegen checks where the form comes
from and limits its size besides. Same uvicorn, pinned to one core, wrk to another; rounds are interleaved.
"""

import argparse
import os
import shutil
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from collections import defaultdict
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

from wrk import SERVER_CORE, free_port, requests_a_second, stopped, versions

MODEL = """
from pydantic import BaseModel, Field

ROWS = [{"name": f"product <{n}>", "price": n * 3} for n in range(10)]

class Contact(BaseModel):
    email: str = Field(pattern=r"[^@]+@[^@]+")
    message: str = Field(min_length=3, max_length=2000)
"""

PAGE = """<h1>Contact</h1>
<table>{% for row in rows %}<tr><td>{{ row.name }}</td><td>{{ row.price }}</td></tr>{% endfor %}</table>
"""

OWN_FORM = """{{ form(contact) }}
<input type="email" {{ field("email") }}><p>{{ field("email").error }}</p>
<textarea name="message">{{ field("message").value }}</textarea><p>{{ field("message").error }}</p>
<button>Send</button></form>
"""

PLAIN_FORM = """<form method="post" action="">
<input type="email" name="email" id="email" value="{{ values.email }}"><p>{{ errors.email }}</p>
<textarea name="message">{{ values.message }}</textarea><p>{{ errors.message }}</p>
<button>Send</button></form>
"""

LAYOUT = '<!doctype html><html lang="en"><title>Shop</title><body><nav>Shop</nav>%s</body></html>\n'

ROUTEGEN = {
    "model.py": MODEL,
    "main.py": "from routegen import create_app\n\napp = create_app()\n",
    "pyproject.toml": "[tool.routegen]\n",
    "app/layout.html": LAYOUT % "{{ children }}",
    "app/contact/page.html": PAGE + OWN_FORM,
    "app/contact/page.py": "from model import ROWS\n\nasync def load():\n    return {'rows': ROWS}\n",
    "app/contact/actions.py": """
from model import Contact
from routegen.actions import action, redirect

@action
async def contact(form: Contact) -> object:
    return redirect("/thanks")
""",
}

FASTAPI = {
    "model.py": MODEL,
    "templates/layout.html": LAYOUT % "{% block body %}{% endblock %}",
    "templates/contact.html": '{% extends "layout.html" %}{% block body %}'
    + PAGE
    + PLAIN_FORM
    + "{% endblock %}",
    "main.py": """
from typing import Annotated
from fastapi import FastAPI, Form, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import HTMLResponse, RedirectResponse
from fastapi.templating import Jinja2Templates
from model import ROWS, Contact

app = FastAPI()
templates = Jinja2Templates("templates")

@app.get("/contact", response_class=HTMLResponse)
async def page(request: Request):
    return templates.TemplateResponse(request, "contact.html", {"rows": ROWS, "values": {}, "errors": {}})

@app.post("/contact")
async def contact(form: Annotated[Contact, Form()]):
    return RedirectResponse("/thanks", 303)

@app.exception_handler(RequestValidationError)
async def again(request: Request, error: RequestValidationError):
    values = dict(await request.form())
    errors = {item["loc"][-1]: item["msg"] for item in error.errors()}
    context = {"rows": ROWS, "values": values, "errors": errors}
    return templates.TemplateResponse(request, "contact.html", context, 422)
""",
}

SCRIPT = """wrk.method = "POST"
wrk.body = "{body}"
wrk.headers["Content-Type"] = "application/x-www-form-urlencoded"
wrk.headers["Sec-Fetch-Site"] = "same-origin"
"""

BODIES = {
    "post, 303": "email=ada%40example.com&message=Hello+there",
    "post, 422": "email=ada%40example.com&message=a",
}
TARGETS = ("page", *BODIES)


def write(folder: Path, files: dict[str, str]) -> Path:
    """A project on disk."""
    for name, text in files.items():
        file = folder / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, encoding="utf-8")
    return folder


@contextmanager
def serving(folder: Path, port: int) -> Iterator[None]:
    """One server in a process of its own."""
    command = [
        *("taskset", "-c", SERVER_CORE, sys.executable, "-m", "uvicorn", "main:app", "--port", str(port)),
        *("--log-level", "error", "--no-access-log", "--loop", "uvloop", "--http", "httptools"),
    ]
    paths = os.pathsep.join([str(folder), str(Path(__file__).parent.parent)])
    with stopped(subprocess.Popen(command, cwd=folder, env={**os.environ, "PYTHONPATH": paths})):
        for _ in range(200):
            try:
                socket.create_connection(("127.0.0.1", port), 1).close()
                break
            except OSError:
                time.sleep(0.05)
        yield


def measure(rounds: int, seconds: int) -> dict[tuple[str, str], list[float]]:
    """Requests a second for each server and target, round by round; the first round warms up."""
    rates: dict[tuple[str, str], list[float]] = defaultdict(list)
    with tempfile.TemporaryDirectory() as place, ExitStack() as stack:
        root = Path(place)
        servers = {"FastAPI + Jinja2": FASTAPI, "routegen": ROUTEGEN}
        ports = {name: free_port() for name in servers}
        for name, files in servers.items():
            stack.enter_context(serving(write(root / name.replace(" ", ""), files), ports[name]))
        for number in range(-1, rounds):
            for target in TARGETS:
                for name in servers:
                    rate = _rate(root, name, target, ports[name], 1 if number < 0 else seconds)
                    if number >= 0:
                        rates[name, target].append(rate)
    return rates


def _rate(root: Path, name: str, target: str, port: int, seconds: int) -> float:
    if target == "page":
        return requests_a_second(port, "/contact", seconds)
    script = root / "post.lua"
    script.write_text(SCRIPT.format(body=BODIES[target]))
    path = "/contact?/contact" if name == "routegen" else "/contact"
    return requests_a_second(port, path, seconds, script=script, expect_404=target.endswith("422"))


def table(rates: dict[tuple[str, str], list[float]]) -> str:
    """Markdown: the medians, and the median of routegen's share of FastAPI's in the same round."""
    lines = ["| target | FastAPI + Jinja2 | routegen | ratio |", "|---|---:|---:|---:|"]
    for target in TARGETS:
        plain, own = rates["FastAPI + Jinja2", target], rates["routegen", target]
        ratio = statistics.median(a / b for a, b in zip(own, plain, strict=True))
        lines.append(
            f"| {target} | {statistics.median(plain):,.0f}/s | {statistics.median(own):,.0f}/s | {ratio:.2f} |"
        )
    return "\n".join(lines)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--seconds", type=int, default=2)
    given = parser.parse_args()
    if not shutil.which("wrk"):
        raise SystemExit("wrk is not installed")
    print(versions(), "\n", flush=True)
    print(table(measure(given.rounds, given.seconds)))
