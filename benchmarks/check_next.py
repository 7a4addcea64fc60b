"""Measures `routegen check` over a Next.js project, against tree-sitter parsing the same route files, in one run.

    python -m benchmarks.check_next [--files 500] [--runs 3] [--projects FOLDER]

The project is written for the run: route files of about 60 lines with a wrapper of the project, helpers, Prisma calls
and pages that call them. Each figure is the processor time of a process of its own on one core, best of the runs; the
last row is what a clock on the wall says when the check has all cores. What a command costs before it reads the first
route file (Python, the rules, the grammar) is measured on a project with one route file, and left out: the rest is
what one more file costs. With `--projects` the same over real projects, one in each
folder of FOLDER, without what is no script: there a route file also costs what it imports, and the pages that may
call it.
"""

import argparse
import os
import resource
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import NamedTuple

from benchmarks.check import forget, on

PARSE = """
import pathlib, sys
import tree_sitter_typescript
from tree_sitter import Language, Parser
parser = Parser(Language(tree_sitter_typescript.language_typescript()))
for name in ("route.ts", "route.tsx", "route.js"):
    for file in pathlib.Path(sys.argv[1]).rglob(name):
        parser.parse(file.read_bytes())
"""
COPIED = {".ts", ".tsx", ".js", ".jsx", ".mts", ".mjs", ".json", ".html", ".vue", ".svelte", ".prisma"}
SETTINGS = '{"compilerOptions": {"strict": true, "baseUrl": ".", "paths": {"@/*": ["./*"]}}}'
PRISMA = """
import { PrismaClient } from "@prisma/client";

const known = globalThis as unknown as { prisma?: PrismaClient };
export const prisma = known.prisma ?? new PrismaClient();
if (process.env.NODE_ENV !== "production") known.prisma = prisma;
"""
AUTH = """
import { getServerSession } from "next-auth";
import { NextResponse, type NextRequest } from "next/server";
import { prisma } from "@/lib/prisma";

type Params<T> = { params: Promise<T> };

export async function signedIn() {
  const session = await getServerSession();
  if (!session?.user?.email) return null;
  return prisma.user.findUnique({ where: { email: session.user.email } });
}

export function withUser<T>(handler: (request: NextRequest, context: Params<T>) => Promise<Response>) {
  return async (request: NextRequest, context: Params<T>) => {
    const user = await signedIn();
    if (!user) {
      return NextResponse.json({ error: "Unauthorized" }, { status: 401 });
    }
    return handler(request, context);
  };
}
"""
ROUTE = """
import { revalidatePath } from "next/cache";
import { NextResponse, type NextRequest } from "next/server";
import { z } from "zod";

import { signedIn, withUser } from "@/lib/auth";
import { prisma } from "@/lib/prisma";

const Body = z.object({ title: z.string().min(1).max(200), price: z.number().positive(), tags: z.array(z.string()) });

type Context = { params: Promise<{ id: string }> };

function slugOf(title: string) {
  return title.trim().toLowerCase().replace(/[^a-z0-9]+/g, "-");
}

async function owned(id: string, userId: string) {
  const item = await prisma.item#.findFirst({ where: { id, ownerId: userId }, include: { tags: true } });
  return item ? { ...item, tags: item.tags.map((tag) => tag.name) } : null;
}

export async function GET(request: NextRequest, { params }: Context) {
  const { id } = await params;
  const limit = Math.min(Number(request.nextUrl.searchParams.get("limit") ?? "10"), 100);
  const item = await prisma.item#.findUnique({ where: { id }, select: { id: true, title: true, price: true } });
  if (!item) {
    return NextResponse.json({ error: "Item not found" }, { status: 404 });
  }
  const related = await prisma.item#.findMany({ take: limit, orderBy: { createdAt: "desc" } });
  return NextResponse.json({ item, related: related.map((each) => ({ id: each.id, title: each.title })) });
}

export const PUT = withUser<{ id: string }>(async (request, { params }) => {
  const { id } = await params;
  const parsed = Body.safeParse(await request.json());
  if (!parsed.success) {
    return NextResponse.json({ error: "Invalid body", issues: parsed.error.flatten() }, { status: 422 });
  }
  const { title, price, tags } = parsed.data;
  const user = await signedIn();
  const item = user ? await owned(id, user.id) : null;
  if (!item) {
    return NextResponse.json({ error: "Item not found" }, { status: 404 });
  }
  const data = { title, price, slug: slugOf(title), tags: { set: tags.map((name) => ({ name })) } };
  const changed = await prisma.item#.update({ where: { id: item.id }, data });
  revalidatePath(`/items#/${item.id}`);
  return NextResponse.json(changed);
});

export const DELETE = withUser<{ id: string }>(async (_request, { params }) => {
  try {
    const { id } = await params;
    await prisma.item#.delete({ where: { id } });
    return new NextResponse(null, { status: 204 });
  } catch (error) {
    console.error("delete failed", error);
    return NextResponse.json({ error: "Could not delete the item" }, { status: 500 });
  }
});
"""
PAGE = """
"use client";

export default function Page({ id }: { id: string }) {
  async function save(data: unknown) {
    await fetch(`/api/kind#/items#/${id}`, { method: "PUT", body: JSON.stringify(data) });
  }
  return <button onClick={() => save({ title: "New" })}>Save</button>;
}
"""


def write_project(root: Path, files: int) -> None:
    """A project of `files` route files, about 60 lines each, a page for every tenth, and what they import."""
    contents = {
        "package.json": '{"dependencies": {"next": "15.0.0"}}',
        "tsconfig.json": SETTINGS,
        "lib/prisma.ts": PRISMA,
        "lib/auth.ts": AUTH,
    }
    for number in range(files):
        contents[f"app/api/kind{number // 50}/items{number}/[id]/route.ts"] = ROUTE.replace("#", str(number))
        if number % 10 == 0:
            contents[f"app/items{number}/page.tsx"] = PAGE.replace("#", str(number))
    for name, text in contents.items():
        target = root / name
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(text.lstrip())


class Spent(NamedTuple):
    """Seconds: of the processor on one core, and of the clock on all cores."""

    parsed: float
    checked: float
    waited: float


def seconds(command: Sequence[str], runs: int, before: Callable[[], object] = lambda: None) -> Spent:
    """The processor time and the time that passed in the quickest of so many runs, as `checked` and `waited`."""
    checked = waited = float("inf")
    for _ in range(runs):
        before()
        begun, used = time.perf_counter(), resource.getrusage(resource.RUSAGE_CHILDREN)
        done = subprocess.run(command, capture_output=True, check=False)
        waited = min(waited, time.perf_counter() - begun)
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        if done.returncode > 1:
            raise SystemExit(f"{' '.join(command)} ended with {done.returncode}:\n{done.stderr.decode()}")
        checked = min(checked, after.ru_utime + after.ru_stime - used.ru_utime - used.ru_stime)
    return Spent(0.0, checked, waited)


def measure(root: Path, runs: int) -> Spent:
    """The time to parse the route files of a project, and to check it."""
    check = [sys.executable, "-m", "routegen", "check", str(root)]
    waited = seconds(check, runs, lambda: forget(root)).waited
    with on({min(os.sched_getaffinity(0))}):
        parsed = seconds([sys.executable, "-c", PARSE, str(root)], runs).checked
        return Spent(parsed, seconds(check, runs, lambda: forget(root)).checked, waited)


def measure_written(files: int, runs: int) -> Spent:
    """As `measure`, for a project of so many route files."""
    with tempfile.TemporaryDirectory() as folder:
        write_project(Path(folder), files)
        return measure(Path(folder), runs)


def measure_copied(project: Path, runs: int) -> Spent:
    """As `measure`, for the scripts and settings of a project: other languages have figures of their own."""
    with tempfile.TemporaryDirectory() as folder:
        for path in project.rglob("*"):
            if path.suffix in COPIED and path.is_file() and "node_modules" not in path.parts:
                target = Path(folder) / path.relative_to(project)
                target.parent.mkdir(parents=True, exist_ok=True)
                shutil.copyfile(path, target)
        return measure(Path(folder), runs)


def routes_in(root: Path) -> int:
    """How many route handlers of Next.js a project has."""
    return sum(is_next_route(path) for path in root.rglob("route.*"))


def is_next_route(path: Path) -> bool:
    """Whether a file is a `route.ts` in an `app` folder."""
    return path.name in ("route.ts", "route.tsx", "route.js") and "app" in path.parts


def main() -> None:
    """Print a Markdown table; an exit code of 1 says that the limit does not hold."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--files", type=int, default=500)
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--projects", type=Path)
    options = parser.parse_args()
    os.environ.pop("PYTHONDONTWRITEBYTECODE", None)  # what pip installs has its byte code
    one = measure_written(1, options.runs)
    if options.projects is None:
        files, starts = options.files - 1, 1
        whole = measure_written(options.files, options.runs)
        print(f"{options.files} route files of {ROUTE.count(chr(10)) - 1} lines, best of {options.runs}\n")
    else:
        projects = [root for root in sorted(options.projects.iterdir()) if routes_in(root)]
        files, starts = sum(map(routes_in, projects)), len(projects)
        each = [measure_copied(root, options.runs) for root in projects]
        whole = Spent(*map(sum, zip(*each, strict=True)))
        print(f"{files} route files of {starts} projects, best of {options.runs}\n")
    more = Spent(*((w - starts * o) / files * 1000 for w, o in zip(whole, one, strict=True)))
    cores = len(os.sched_getaffinity(0))
    print("| | s | s for one file | ms for each more |\n| --- | ---: | ---: | ---: |")
    print(f"| tree-sitter alone | {whole.parsed:.2f} | {one.parsed:.2f} | {more.parsed:.2f} |")
    print(f"| check, one core | {whole.checked:.2f} | {one.checked:.2f} | {more.checked:.2f} |")
    print(
        f"| check, on the clock, {cores} cores | {whole.waited:.2f} | {one.waited:.2f} | {more.waited:.2f} |"
    )
    print(f"\nBeyond parsing: {more.checked - more.parsed:.2f} ms a file on one core, ", end="")
    print(f"{more.waited - more.parsed:.2f} ms on {cores}.")
    sys.exit(more.waited - more.parsed > 1)


if __name__ == "__main__":
    main()
