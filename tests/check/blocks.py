"""Reads the fenced blocks of a rule's manual, and lays them out as a project to check."""

import re
from dataclasses import dataclass
from pathlib import Path

from routegen.check.engine import Checked, check
from routegen.check.files import find_targets
from routegen.check.registry import rules
from routegen.check.settings import Selection
from routegen.cli.app import run

DEFAULT_PATH = "app/api/example/route.py"
SCRIPT_PATH = "app/api/example/route.ts"
_FENCE = re.compile(
    r"^```(python|typescript|tree|html|prisma) (bad|good|fixed|beside)(?: (\S+))?\n(.*?)^```$",
    re.MULTILINE | re.DOTALL,
)
_MARK = re.compile(r"(?:#|//) <- (RG\d{3})(?: (\S+))?")


@dataclass(frozen=True)
class Block:
    """One example: its language, what it stands for, its path, its text, and the pages that lie beside it."""

    lang: str
    role: str
    path: str
    text: str
    beside: tuple[tuple[str, str], ...] = ()

    def expected(self) -> list[tuple[str, str, int]]:
        """The marked findings: path, code, line; line 0 for a tree. A mark alone on its line means the next."""
        found: list[tuple[str, str, int]] = []
        number = 0
        for line in self.text.splitlines():
            mark = _MARK.search(line)
            is_alone = line.strip().startswith("# <-")
            number += not is_alone
            if mark and self.lang == "tree":
                found.append((mark[2] or line.split()[0], mark[1], 0))
            elif mark:
                found.append((self.path, mark[1], number + is_alone))
        return sorted(found)

    def write(self, root: Path) -> None:
        """Lay the example out below `root`."""
        (root / "pyproject.toml").write_text("[tool.routegen]\n")
        (root / "app").mkdir()
        for path, text in self.beside:
            (root / path).parent.mkdir(parents=True, exist_ok=True)
            (root / path).write_text(text)
        if self.lang == "tree":
            for line in self.text.splitlines():
                _write_tree_file(root / line.split("#")[0].strip())
        else:
            lines = [_MARK.sub("", s).rstrip() for s in self.text.splitlines() if not s.startswith("# <-")]
            target = root / self.path
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_text("\n".join(lines) + "\n")


def _write_tree_file(file: Path) -> None:
    """A handler that takes what its folders give."""
    names = dict.fromkeys(re.findall(r"\[+(?:\.\.\.)?(\w+)\]+", file.as_posix()))
    parameters = ", ".join(f"{name}: str" for name in names)
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(f"def GET({parameters}) -> None:\n    return None\n")


def blocks(documentation: str) -> list[Block]:
    """The examples of a manual. A page (`html beside PATH`) belongs to the example that follows it."""
    found: list[Block] = []
    beside: list[tuple[str, str]] = []
    for match in _FENCE.finditer(documentation):
        if match[2] == "beside":
            beside.append((match[3], match[4]))
        else:
            path = match[3] or (SCRIPT_PATH if match[1] == "typescript" else DEFAULT_PATH)
            found.append(Block(match[1], match[2], path, match[4], tuple(beside)))
            beside = []
    return found


def mended(documentation: str) -> list[tuple[Block, list[Block]]]:
    """Each bad example with the files that follow it as fixed."""
    found: list[tuple[Block, list[Block]]] = []
    for block in blocks(documentation):
        if block.role == "bad":
            found.append((block, []))
        elif block.role == "fixed":
            found[-1][1].append(block)
    return found


def check_all(root: Path) -> Checked:
    """All rules over the project at `root`."""
    return check(find_targets([], start=root), Selection(frozenset(rules())))


def findings(root: Path) -> list[tuple[str, str, int]]:
    """What all rules find: path, code and line."""
    checked = check_all(root)
    assert not checked.errors
    return sorted((f.path.relative_to(root).as_posix(), f.code, f.line) for f in checked.findings)


def after_fixes(root: Path, text: str, path: str = "app/api/x/route.ts", code: str = "ALL") -> str:
    """What all fixes make of a file; doing it again changes nothing."""
    (root / "package.json").write_text("{}")
    (root / "pyproject.toml").write_text("[tool.routegen]\n")
    file = root / path
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(text)
    run(["check", "--select", code, "--unsafe-fixes", str(root)])
    assert run(["check", "--select", code, "--unsafe-fixes", "--diff", str(root)]) == 0
    return file.read_text()
