"""Schemathesis against the served OpenAPI of a project with crud, dynamic and protected: every check, on each database.

    python benchmarks/contract.py [--examples 500] [--database sqlite] [--caller session] [--schemathesis COMMAND]
    python benchmarks/contract.py --all-patterns ...     with uploads, streams, webhooks, pages and actions as well

Needs Schemathesis, in an environment of its own: `pip install schemathesis`, or `--schemathesis "uvx schemathesis"`.
On PostgreSQL, `TEST_DATABASE_URL` names a server, where a database is made and dropped. The project is generated here,
served by `routegen serve --prod`, and called by a person with a session, who signs in again whenever it has ended, or by
a program with an API key. Exit code 1 on any failure.
"""

import argparse
import json
import os
import shlex
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

from wrk import free_port, stopped

ROUTEGEN = [sys.executable, "-m", "routegen"]
EMAIL, PASSWORD = "ada@example.com", "correct horse battery staple"
SESSION = f"""
headers = {{ "Sec-Fetch-Site" = "same-origin" }}

[auth.dynamic.openapi.session]
path = "/api/auth/login"
payload = {{ email = "{EMAIL}", password = "{PASSWORD}" }}
extract_from = "cookie"
extract_selector = "__Host-session"
"""
KEY = """
[auth.openapi.bearer]
bearer = "{key}"
"""
SAMPLES = """
[dictionaries.samples]
values = ["hello"]

[parameters]
"path.slug" = { dictionary = "samples", probability = 0.2 }
"path.org" = { dictionary = "samples", probability = 0.6 }
"path.repo" = { dictionary = "samples", probability = 0.6 }
"""
"""The rows that `add dynamic` starts with; the document cannot know them."""

ADDITIONS = [
    "protected account",
    "crud teams name:str!",
    "crud users name:str email:email! age:int? bio:text? score:float=1.5 price:decimal active:bool=true born:date?"
    " seen:datetime key:uuid! site:url? extra:json? role:enum(admin,user)=user team:ref:teams? boss:ref:users?",
    "dynamic posts/[slug]",
    "dynamic orgs/[org]/repos/[repo]",
    "dynamic files/[...path]",
    "dynamic teams/by/[name]",
]


OTHER_PATTERNS = [
    "upload avatars",
    "upload films --resumable",
    "stream clock",
    "stream export --kind ndjson",
    "stream chat --kind ai",
    "webhook stripe",
    "webhook github --inbox",
    "webhook custom",
    "page about",
    "action contact name:str email:email message:text",
]
"""All but the broadcast, whose stream has no end."""
STREAMS = """
"query.interval" = 0

[[operations]]
include-path-regex = "/api/(avatars|films|webhooks)"
checks.positive_data_acceptance.expected-statuses = ["2xx", 400, 401, 404, 409, 415, 422]

[[operations]]
include-path-regex = "/api/(clock|films/resumable)"
checks.negative_data_rejection.expected-statuses = ["2xx", 400, 401, 404, 409, 412, 413, 415, 422]
checks.missing_required_header.expected-statuses = [400, 401, 404, 412]
"""
"""Ten events at once, and not one a minute. A document cannot say what the bytes of a file or a signature must be, so
such a request may be refused; and a header that nobody knows is no reason to refuse one.
"""
HOOKS = """
import schemathesis

schemathesis.serializer.alias("application/offset+octet-stream", "application/octet-stream")
"""
"""A piece of an upload is bytes like any others."""


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--examples", type=int, default=500, help="for each operation")
    parser.add_argument("--database", choices=["sqlite", "postgresql"], default="sqlite")
    parser.add_argument("--schemathesis", default="schemathesis", help="the command that runs it")
    parser.add_argument("--caller", choices=["session", "key"], default="session")
    parser.add_argument(
        "--all-patterns", action="store_true", help="with uploads, streams, webhooks and pages"
    )
    parser.add_argument("--seed", type=int, default=1)
    options, rest = parser.parse_known_args()  # what is left is for Schemathesis
    with tempfile.TemporaryDirectory() as folder, database(options.database) as url:
        environment = {**os.environ, "DATABASE_URL": url, "PYTHONDONTWRITEBYTECODE": "1"}
        more = OTHER_PATTERNS if options.all_patterns else []
        root = project(Path(folder), environment, [*ADDITIONS, *more])
        with served(root, environment) as site:
            settings = SESSION if options.caller == "session" else KEY.format(key=api_key(site))
            (root / "schemathesis.toml").write_text(settings + SAMPLES + (STREAMS if more else ""))
            (root / "hooks.py").write_text(HOOKS)
            environment |= {"SCHEMATHESIS_HOOKS": "hooks"}
            command = [*shlex.split(options.schemathesis), "run", f"{site}/openapi.json", "--checks", "all"]
            command += ["--max-examples", str(options.examples), "--seed", str(options.seed)]
            command += ["--continue-on-failure", *rest]
            return subprocess.run(command, cwd=root, env=environment).returncode


def project(folder: Path, environment: Mapping[str, str], additions: Sequence[str]) -> Path:
    """A new project with all of it, its tables and a user."""
    root = folder / "shop"
    run(["new", "shop"], folder, environment)
    for words in additions:
        run(["add", *words.split()], root, environment)
    lift_login_limit(root / "lib" / "auth.py")
    run(["db", "upgrade"], root, environment)
    run(["user", "create", EMAIL], root, environment, PASSWORD)
    return root


def lift_login_limit(file: Path) -> None:
    """Schemathesis tries passwords for the address that it reads in answers, and locks its own user out."""
    limits = 'RateLimit("5/minute", "30/hour")'
    text = file.read_text()
    assert limits in text
    file.write_text(text.replace(limits, 'RateLimit("1000000/minute")'))


def run(words: list[str], folder: Path, environment: Mapping[str, str], text: str = "") -> None:
    subprocess.run(
        [*ROUTEGEN, *words],
        cwd=folder,
        env=environment,
        input=text,
        text=True,
        check=True,
        stdout=subprocess.DEVNULL,
    )


@contextmanager
def database(kind: str) -> Iterator[str]:
    """The URL of an empty database; an empty text stands for SQLite in the project."""
    if kind == "sqlite":
        yield ""
        return
    from sqlalchemy import create_engine, make_url, text

    server = make_url(os.environ.get("TEST_DATABASE_URL", "postgresql://postgres@127.0.0.1/postgres"))
    engine = create_engine(server.set(drivername="postgresql+psycopg"), isolation_level="AUTOCOMMIT")
    name = f"routegen_contract_{os.getpid()}"
    with engine.connect() as connection:
        connection.execute(text(f'CREATE DATABASE "{name}"'))
    try:
        yield server.set(drivername="postgresql", database=name).render_as_string(hide_password=False)
    finally:
        with engine.connect() as connection:
            connection.execute(text(f'DROP DATABASE "{name}" WITH (FORCE)'))
        engine.dispose()


@contextmanager
def served(root: Path, environment: Mapping[str, str]) -> Iterator[str]:
    port = free_port()
    command = [*ROUTEGEN, "serve", "--prod", "--port", str(port)]
    log = (root.parent / "server.log").open("wb")
    with log, stopped(subprocess.Popen(command, cwd=root, env=environment, stdout=log, stderr=log)):
        site = f"http://127.0.0.1:{port}"
        for _ in range(300):
            try:
                urllib.request.urlopen(f"{site}/api/hello")
            except OSError:
                time.sleep(0.1)
            else:
                break
        yield site


def api_key(site: str) -> str:
    """Sign in as a browser does, and make a key."""
    _, cookies = post(f"{site}/api/auth/login", {"email": EMAIL, "password": PASSWORD}, {})
    cookie = "; ".join(cookie.partition(";")[0] for cookie in cookies)
    answer, _ = post(f"{site}/api/auth/keys", {"name": "schemathesis"}, {"Cookie": cookie})
    return json.loads(answer)["secret"]


def post(url: str, data: object, headers: Mapping[str, str]) -> tuple[bytes, list[str]]:
    """The body and the cookies of the answer."""
    sent = {"Content-Type": "application/json", "Sec-Fetch-Site": "same-origin", **headers}
    with urllib.request.urlopen(urllib.request.Request(url, json.dumps(data).encode(), sent)) as answer:
        return answer.read(), answer.headers.get_all("Set-Cookie") or []


if __name__ == "__main__":
    sys.exit(main())
