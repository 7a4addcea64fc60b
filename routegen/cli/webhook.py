"""`routegen webhook ...`: the lab, deliveries of any provider without network and account."""

from typing import TYPE_CHECKING, Annotated

import typer

from routegen.cli import complete, console, inbox
from routegen.cli.commands import Command
from routegen.cli.found import found_project
from routegen.errors import ProjectError, UsageError

if TYPE_CHECKING:
    from routegen.deliveries import Kept
    from routegen.lab.chaos import Outcome
    from routegen.lab.forge import Volley
    from routegen.lab.ledger import Ledger
    from routegen.lab.send import Line, Sent
    from routegen.lab.target import Target

webhook = typer.Typer(
    help="Try webhooks: send, replay and attack.", add_completion=False, rich_markup_mode=None
)

Provider = Annotated[
    str,
    typer.Argument(
        metavar="PROVIDER", help="Who sends: `stripe`, `github`, `clerk`.", autocompletion=complete.providers
    ),
]
To = Annotated[
    str | None,
    typer.Option(
        "--to",
        metavar="URL",
        help="Where to, instead of the route in the tree: a URL, or a path of the server.",
    ),
]
Variable = Annotated[
    str | None,
    typer.Option(
        "--secret-env", metavar="NAME", help="The variable with the secret, if it is not the usual one."
    ),
]
Number = Annotated[
    int,
    typer.Argument(
        metavar="ID", help="The number that `send` or `serve` showed.", autocompletion=complete.deliveries
    ),
]
_SHOWN_ANSWER = 120


@webhook.callback()
def group() -> None:
    """Try webhooks: send, replay and attack.

    Deliveries are signed with the secret of your own environment or `.env`, and go to the server on this machine.

    Example: routegen webhook send stripe checkout.session.completed
    """


@webhook.command("send", cls=Command)
def send(
    provider: Provider,
    event: Annotated[
        str,
        typer.Argument(
            metavar="EVENT", help="See `routegen webhook events PROVIDER`.", autocompletion=complete.events
        ),
    ],
    set: Annotated[
        list[str] | None, typer.Option("--set", metavar="A.B=VALUE", help="Change a value; may be repeated.")
    ] = None,
    to: To = None,
    count: Annotated[int, typer.Option("--count", min=1, max=1000, help="How many events.")] = 1,
    secret_env: Variable = None,
) -> int:
    """Send a signed event to your handler, and judge the answer.

    Each is a new event with an id of its own, signed now. The exit code is 1 when the provider would count one as
    not delivered.

    Example:

        routegen webhook send stripe checkout.session.completed --set data.object.amount_total=500
        routegen webhook send github push --to /api/hooks/acme --count 3
    """
    from routegen.lab.send import send as deliver

    line, _ = _line(provider, to, secret_env)
    first = deliver(line, event, set or ())
    console.note(f"{first.request.method} {line.url}")
    rest = (deliver(line, event, set or ()) for _ in range(count - 1))
    return _judged([_shown(first), *map(_shown, rest)])


@webhook.command("events", cls=Command)
def events(
    provider: Annotated[
        str | None, typer.Argument(metavar="PROVIDER", help="Whose events; all without.", show_default=False)
    ] = None,
) -> None:
    """List the sample events that can be sent.

    Example: routegen webhook events stripe
    """
    from routegen import webhooks

    for name in [provider] if provider else webhooks.providers():
        scheme = webhooks.find(name)
        for event in scheme.events:
            shakes = any(event == shake.type for shake in scheme.handshakes)
            console.out(f"{scheme.name}  {event}{'  (handshake)' if shakes else ''}")


@webhook.command("handshake", cls=Command)
def handshake(provider: Provider, to: To = None, secret_env: Variable = None) -> int:
    """Do what the provider does when the address is set up.

    Example: routegen webhook handshake slack
    """
    from routegen.lab.send import shake_hands

    return _judged([_shown(sent) for sent in shake_hands(_line(provider, to, secret_env)[0])])


@webhook.command("replay", cls=Command)
def replay(
    id: Number,
    to: To = None,
    secret_env: Variable = None,
) -> int:
    """Send a kept delivery again, signed anew.

    The event is the same, its id and body included; the signature is of now, so that it verifies.

    Example: routegen webhook replay 12
    """
    from routegen.lab.send import replay as again

    kept = _kept(id)
    line, _ = _line(kept.provider, to or kept.url, secret_env)
    return _judged([_shown(again(line, kept))])


@webhook.command("list", cls=Command)
def list_(
    limit: Annotated[
        int, typer.Option("--limit", min=1, max=500, help="List this many, the latest first.")
    ] = 20,
) -> None:
    """List the deliveries that were received and sent.

    `serve` keeps those that it receives, `send` those that it sends: the last 500, whole, below
    `.routegen/cache/deliveries`, for `show`, `replay` and `export`.

    Example: routegen webhook list
    """
    from routegen import deliveries

    cells = [("ID", "WAY", "STATUS", "AGE", "PROVIDER", "EVENT", "WHERE")]
    cells += [
        (
            str(kept.id),
            "received" if kept.received else "sent",
            str(kept.status or "none"),
            console.age(kept.at),
            kept.provider or "-",
            kept.event or "-",
            kept.url,
        )
        for kept in deliveries.latest(found_project().root, limit)
    ]
    if len(cells) == 1:
        console.note("no delivery was sent or received yet")
    else:
        console.table(cells)


@webhook.command("show", cls=Command)
def show(id: Number) -> None:
    """Show a kept delivery; secrets are masked.

    Example: routegen webhook show 12
    """
    import json

    from routegen import deliveries

    kept = deliveries.load(found_project().root, id)
    console.out(f"{kept.method} {kept.url}", style="bold")
    for name, value in deliveries.masked(dict(kept.headers)).items():
        console.out(f"{name}: {value}")
    console.out()
    try:
        body = json.dumps(deliveries.masked(json.loads(kept.body)), indent=2, ensure_ascii=False)
    except ValueError:
        body = deliveries.masked_form(kept.body)
    console.out(body)


@webhook.command("export", cls=Command)
def export(
    id: Number,
    pytest: Annotated[bool, typer.Option("--pytest", help="As a test of pytest.")] = False,
    secret_env: Variable = None,
) -> None:
    """Write a kept delivery as a test, to standard output.

    Example: routegen webhook export 12 --pytest > tests/test_captured.py
    """
    from routegen.lab.export import as_pytest
    from routegen.lab.target import target

    if not pytest:
        raise UsageError("`export` needs a format", hint="add `--pytest`")
    kept, project = _kept(id), found_project()
    found = target(project, kept.provider, kept.url)
    own = found.handler if found.handler is not None and found.handler.scheme is found.scheme else None
    text = as_pytest(
        kept,
        found.scheme,
        secret_env or _variable(found),
        options=own.options if own is not None else None,
        has_database=(project.root / "lib/db.py").is_file(),
    )
    console.out(text.rstrip("\n"))


@webhook.command("chaos", cls=Command)
def chaos(
    provider: Provider,
    to: To = None,
    count: Annotated[int, typer.Option("--count", min=1, max=1000, help="How many genuine events.")] = 50,
    duplicates: Annotated[
        int, typer.Option("--duplicates", min=0, max=100, help="How many of them come twice, in percent.")
    ] = 30,
    kill: Annotated[
        int, typer.Option("--kill", min=0, max=50, help="Kills of the server (one of its own) on the way.")
    ] = 0,
    seed: Annotated[int, typer.Option("--seed", help="For the same order again.")] = 1,
    limit: Annotated[int, typer.Option("--limit", min=1, max=600, help="Seconds it may take.")] = 60,
    secret_env: Variable = None,
) -> int:
    """Attack your handler on this machine, and judge what it let in.

    Genuine events come in disorder, some twice; between them come tampered, stale and unsigned ones, and ones of
    another key. Of a handler with an inbox the database says what was lost and what was applied twice, by the marks
    that are committed together with what effects write with their session. With `--kill` a server of its own is
    started, `routegen serve --prod`, and ended with kill -9.

    Example:

        routegen webhook chaos stripe
        routegen webhook chaos stripe --count 200 --kill 5
    """
    from contextlib import ExitStack

    from routegen.lab.chaos import run
    from routegen.lab.forge import volley
    from routegen.lab.server import OwnServer
    from routegen.lab.target import is_loopback

    if kill and to is not None and not to.startswith("/"):
        raise UsageError("`--kill` starts a server of its own", hint="give `--to` as a path: `--to /api/...`")
    with ExitStack() as stack:
        server = stack.enter_context(OwnServer(found_project().root)) if kill else None
        line, found = _line(provider, to, secret_env, base=server.url if server else None)
        if not is_loopback(line.url):
            raise UsageError(
                f"`{line.url}` is not on this machine", hint="chaos is for your own machine only"
            )
        shots = volley(line, count=count, duplicates=duplicates / 100, seed=seed)
        ledger = _ledger(line, found)
        console.note(f"{len(shots.shots)} deliveries to {line.url}")
        outcome = run(line, shots, limit=limit, server=server, kills=kill, ledger=ledger)
    _report(outcome, shots, line)
    return int(not outcome.passed)


def _line(
    provider: str, to: str | None, variable: str | None, *, base: str | None = None
) -> "tuple[Line, Target]":
    """The provider, the secret and the address; what is not said is found, and the handler that it was found in."""
    from routegen.lab.keys import signing_keys
    from routegen.lab.send import Line
    from routegen.lab.target import target

    project = found_project()
    found = target(project, provider, to, base=base)
    keys = signing_keys(project.root, found.scheme, variable or _variable(found))
    return Line(project.root, found.scheme, keys.signing, found.url, keys.verifying), found


def _variable(found: "Target") -> str | None:
    return found.handler.variable if found.handler is not None else None


def _kept(number: int) -> "Kept":
    """The delivery of this number, if it is known who sent it."""
    from routegen import deliveries

    kept = deliveries.load(found_project().root, number)
    if not kept.provider:
        raise ProjectError(
            f"nothing says who sent delivery {number}, so it cannot be signed",
            hint=f"name the provider in its handler: `webhooks.receive(request, ...)` (`{kept.url}`)",
        )
    return kept


def _ledger(line: "Line", found: "Target") -> "Ledger | None":
    """The account that the project's inbox keeps, if the handler uses one."""
    if found.handler is None or not found.handler.keeps:
        return None
    from routegen.lab.ledger import Ledger

    return Ledger(line.root, line.scheme.name)


def _shown(sent: "Sent") -> "Sent":
    answer = sent.answer
    status = "no answer" if answer.status is None else f"{answer.status} in {answer.seconds * 1000:.0f} ms"
    body = " ".join(answer.body.decode("utf-8", "replace").split())
    shown = body if len(body) <= _SHOWN_ANSWER else f"{body[:_SHOWN_ANSWER]}..."
    console.out(f"#{sent.number}  {sent.event}  {status}  {shown}".rstrip())
    word, style = ("delivered", "green") if sent.verdict.delivered else ("not delivered", "red")
    console.out(f"  {word}: {sent.verdict.reason}", style=style)
    return sent


def _judged(sent: "list[Sent]") -> int:
    return int(not all(one.verdict.delivered for one in sent))


def _report(outcome: "Outcome", shots: "Volley", line: "Line") -> None:
    """The verdict, a line each."""
    for text in (
        f"{outcome.events} events, {outcome.deliveries} deliveries, {outcome.kills} kills",
        f"genuine events not answered in time: {len(outcome.unanswered) + outcome.late}",
        f"forged deliveries accepted: {outcome.accepted.total()} of {outcome.forged.total()}",
        f"forged deliveries that broke the handler: {outcome.broke}",
        f"lost: {_known(outcome.lost)}",
        f"applied twice: {_known(outcome.twice)}",
    ):
        console.out(text)
    for reason, number in outcome.reasons.most_common():
        console.out(f"  lost: {number}, {reason}", style="red")
    if outcome.again:
        console.note(
            f"begun more than once: {outcome.again}; what they did outside of their session may have happened again"
        )
    if outcome.kept:
        console.out(f"  in the inbox: {outcome.kept} forged", style="red")
    for kind, number in sorted(outcome.accepted.items()):
        console.out(f"  accepted: {kind}, {number} of {outcome.forged[kind]}", style="red")
    for kind in shots.untellable:
        console.note(f"not tried: {kind}, which the signature of {line.scheme.title} cannot tell")
    if outcome.out_of_time:
        console.note("the time was up before all was sent; `--limit` gives more")
    console.out("passed" if outcome.passed else "failed", style="green" if outcome.passed else "red")


def _known(number: int | None) -> str:
    return "not known, a plain handler keeps no account" if number is None else str(number)


webhook.command("work", cls=Command)(inbox.work)
webhook.command("inbox", cls=Command)(inbox.look_after)
