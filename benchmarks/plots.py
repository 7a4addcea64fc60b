"""Draws tables of RESULTS.md as SVG: requests a second, and the time from a save to its answer, by number of routes."""

import re
from collections.abc import Iterator
from pathlib import Path

import matplotlib

matplotlib.use("svg")
from matplotlib import pyplot

COLOURS = {
    "routegen": "#0b7285",
    "FastAPI": "#e8590c",
    "routegen serve": "#0b7285",
    "uvicorn --reload": "#868e96",
}

Lines = dict[str, list[tuple[float, float]]]


def draw(page: str, folder: Path) -> None:
    """Write `routes.svg` and `reload.svg`, as far as the page has their tables."""
    rates = _lines(page, "routes", "last static")
    if rates:
        _plot(rates, "requests a second, the last static route", folder / "routes.svg")
    saves = _lines(page, "reload", "save → new answer, median ms")
    if saves:
        _plot(saves, "ms from a save to its answer (logarithmic)", folder / "reload.svg", logarithmic=True)


def _lines(page: str, name: str, column: str) -> Lines:
    """The figures of a column by server and number of routes."""
    part = re.search(rf"<!-- begin: {name} -->(.*?)<!-- end: {name} -->", page, re.DOTALL)
    lines: Lines = {}
    for row in _rows(part[1] if part else "", column):
        lines.setdefault(row["server"], []).append((_number(row["routes"]), _number(row[column])))
    return lines


def _rows(text: str, column: str) -> Iterator[dict[str, str]]:
    """The rows of the table that has this column and one called `server`."""
    header: list[str] = []
    for line in text.splitlines():
        cells = [cell.strip() for cell in line.strip("|").split("|")] if line.startswith("|") else []
        if "server" in cells and column in cells:
            header = cells
        elif header and len(cells) == len(header) and not cells[0].startswith("--"):
            yield dict(zip(header, cells, strict=True))
        elif not cells:
            header = []


def _number(cell: str) -> float:
    return float(re.sub(r"[^\d.].*", "", cell.replace(",", "")))


def _plot(lines: Lines, what: str, file: Path, *, logarithmic: bool = False) -> None:
    matplotlib.rcParams["svg.hashsalt"] = "routegen"  # the same file for the same figures
    figure, axes = pyplot.subplots(figsize=(7, 3.6))
    for server, points in sorted(lines.items()):
        xs, ys = zip(*sorted(points), strict=True)
        axes.plot(xs, ys, marker="o", label=server, color=COLOURS.get(server))
    axes.set_xscale("log")
    if logarithmic:
        axes.set_yscale("log")
    else:
        axes.set_ylim(bottom=0)
    axes.set_xlabel("routes")
    axes.set_title(what, loc="left", fontsize=10)
    axes.grid(alpha=0.3)
    axes.legend(frameon=False)
    figure.savefig(file, bbox_inches="tight", metadata={"Date": None})
    pyplot.close(figure)
