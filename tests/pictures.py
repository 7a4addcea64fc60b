"""The pictures in the README, made of what the commands print on a terminal: `python -m tests.pictures --write`."""

import io
import os
import re
import sys
import tempfile
import urllib.request
from collections.abc import Sequence
from pathlib import Path

import pexpect
from rich.console import Console
from rich.terminal_theme import MONOKAI
from rich.text import Text

from tests.readme import MISUSE

ROOT = Path(__file__).resolve().parents[1]
FOLDER = ROOT / "pictures"
COLUMNS = 96
PORT = 8000


def overview() -> str:
    """A handler from a pattern, the tree as routes, and a finding."""
    with tempfile.TemporaryDirectory() as parent:
        typed(Path(parent), "new shop")
        shop = Path(parent, "shop")
        screens = [(line, typed(shop, line)) for line in ("add webhook stripe", "routes")]
        unsafe = shop / "app/api/webhooks/acme/route.py"
        unsafe.parent.mkdir(parents=True)
        unsafe.write_text(MISUSE, encoding="utf-8")
        screens.append(("check --select RG201", typed(shop, "check --select RG201")))
    return svg(
        "\n".join(f"\x1b[1;32m$\x1b[0m \x1b[1mroutegen {line}\x1b[0m\n{text}" for line, text in screens)
    )


def reload() -> str:
    """The dev server while a handler is edited: each line as it comes, and below it what a client gets."""
    with tempfile.TemporaryDirectory() as parent:
        typed(Path(parent), "new shop")
        handler = Path(parent, "shop/app/api/hello/route.py")
        server = pexpect.spawn(
            f"{sys.executable} -m routegen serve --strict-port --port {PORT}",
            cwd=str(Path(parent, "shop")),
            env=terminal(),
            encoding="utf-8",
            dimensions=(40, COLUMNS),
        )
        try:
            frames = ["\x1b[1;32m$\x1b[0m \x1b[1mroutegen serve\x1b[0m\n" + heard(server, 2.0)]
            frames.append(frames[-1] + asked() + heard(server))
            text = handler.read_text(encoding="utf-8")
            handler.write_text(text.replace("world", "Ada"), encoding="utf-8")
            frames.append(frames[-1] + said('# saved: "world" is "Ada" now') + heard(server))
            frames.append(frames[-1] + asked() + heard(server))
        finally:
            server.sendintr()
            server.expect(pexpect.EOF)
            server.close()
    return animated(frames)


def heard(server: "pexpect.spawn[str]", seconds: float = 0.7) -> str:
    """What the server prints within some seconds."""
    server.expect([pexpect.TIMEOUT], timeout=seconds)
    text = str(server.before)
    server.expect(r"(?s).*")  # it is read: the next call begins behind it
    return text.replace("\r\n", "\n")


def asked() -> str:
    """A client's command and its answer."""
    url = f"http://127.0.0.1:{PORT}/api/hello"
    with urllib.request.urlopen(url, timeout=10) as answer:
        return said(f"$ curl {url.removeprefix('http://')}") + f"{answer.read().decode()}\n"


def said(line: str) -> str:
    """A line of the other terminal."""
    return f"\x1b[36m{line}\x1b[0m\n"


def animated(frames: Sequence[str]) -> str:
    """A terminal window that shows one text after the other, again and again."""
    height = max(frame.count("\n") for frame in frames)
    drawn = [
        svg(frame.ljust(len(frame) + height - frame.count("\n"), "\n"), f"frame{n}")
        for n, frame in enumerate(frames)
    ]
    box = re.search(r'viewBox="[^"]+"', drawn[0])
    assert box
    part, last = 100 / len(frames), len(frames) - 1
    rules = "".join(
        f".f{n}{{animation:f{n} {2 * len(frames)}s infinite step-end}}"
        f"@keyframes f{n}{{0%{{visibility:{'visible' if n == 0 else 'hidden'}}}"
        f"{n * part:.0f}%{{visibility:visible}}"
        f"{'' if n == last else f'{(n + 1) * part:.0f}%{{visibility:hidden}}'}}}"
        for n in range(len(frames))
    )
    groups = "".join(f'<g class="f{n}">{one}</g>' for n, one in enumerate(drawn))
    return f'<svg xmlns="http://www.w3.org/2000/svg" {box[0]}><style>{rules}</style>{groups}</svg>\n'


def typed(folder: Path, line: str) -> str:
    """What a command prints on a terminal of a fixed width, colours included."""
    output, code = pexpect.run(
        f"{sys.executable} -m routegen {line}",
        cwd=str(folder),
        env=terminal(),
        withexitstatus=True,
        encoding="utf-8",
        timeout=60,
    )
    assert code in (0, 1), output
    return str(output).replace("\r\n", "\n")


def terminal() -> dict[str, str]:
    """The environment of a terminal with colours."""
    kept = {name: value for name, value in os.environ.items() if name not in ("NO_COLOR", "CI")}
    return {**kept, "TERM": "xterm-256color", "COLUMNS": str(COLUMNS)}


def svg(screen: str, unique: str = "routegen") -> str:
    """A terminal window with this text."""
    console = Console(record=True, width=COLUMNS, file=io.StringIO(), force_terminal=True)
    console.print(Text.from_ansi(screen))
    return console.export_svg(title="routegen", theme=MONOKAI, unique_id=unique)


PICTURES = {"overview.svg": overview, "reload.svg": reload}


def main() -> None:
    """Write the pictures, or print where they would go."""
    for name, draw in PICTURES.items():
        if "--write" in sys.argv[1:]:
            FOLDER.mkdir(exist_ok=True)
            (FOLDER / name).write_text(draw(), encoding="utf-8")
        else:
            print(FOLDER / name)


if __name__ == "__main__":
    main()
