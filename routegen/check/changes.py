"""Asks git which files changed: since a commit, in the working tree, and those that it does not track yet."""

import subprocess
from pathlib import Path

from routegen.errors import UsageError

_NO_COMMIT = "4b825dc642cb6eb9a060e54bf8d69288fbee4904"
"""The empty tree, which every repository knows."""


def changed_files(folder: Path, ref: str = "HEAD") -> set[Path]:
    """The files, resolved, that differ from where `ref` and HEAD parted, and the untracked ones.

    Raises:
        UsageError: there is no git, no repository around `folder`, or no such commit.
    """
    top = Path(_git(folder, "rev-parse", "--show-toplevel").removesuffix("\n")).resolve()
    names = _git(
        top, "diff", "--name-only", "--no-renames", "--diff-filter=d", "-z", _start(folder, ref), "--"
    )
    names += _git(top, "ls-files", "--others", "--exclude-standard", "-z")
    return {top / name for name in names.split("\0") if name}


def _start(folder: Path, ref: str) -> str:
    """The commit to compare with."""
    if _run(folder, "rev-parse", "--verify", "--quiet", "--end-of-options", f"{ref}^{{commit}}").returncode:
        if ref == "HEAD":  # nothing was committed yet
            return _NO_COMMIT
        hint = "give a branch, a tag or a commit: `--changed=main`; a shallow clone may lack it"
        raise UsageError(f"`{ref}` is no commit of this repository", hint=hint)
    base = _run(folder, "merge-base", ref, "HEAD")
    return base.stdout.strip() if base.returncode == 0 else ref


def _git(folder: Path, *arguments: str) -> str:
    done = _run(folder, *arguments)
    if done.returncode:
        message = " ".join(done.stderr.split()) or f"exit code {done.returncode}"
        raise UsageError(
            f"git cannot tell what changed in `{folder}`: {message}", hint="leave `--changed` out"
        )
    return done.stdout


def _run(folder: Path, *arguments: str) -> "subprocess.CompletedProcess[str]":
    try:
        return subprocess.run(
            ["git", "-C", str(folder), *arguments],
            capture_output=True,
            encoding="utf-8",
            errors="surrogateescape",
            check=False,
        )
    except OSError as error:
        raise UsageError("`--changed` needs git, which is not here", hint="install git") from error
