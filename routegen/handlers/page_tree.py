"""The pages of a route tree: the templates that make each one, and the actions that its forms can call."""

import os
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from types import MappingProxyType

from routegen.handlers.actions import read_actions
from routegen.handlers.contents import content_of
from routegen.handlers.methods import read_methods
from routegen.handlers.page_forms import ActionUse, Template
from routegen.handlers.python.module import read_names
from routegen.handlers.python.source import read_source
from routegen.routes import Manifest, Page

_WORD = re.compile(r"[A-Za-z_]\w*")


@dataclass(frozen=True)
class Actions:
    """What an `actions.py` offers: its actions, all its functions, and the names it imports."""

    names: tuple[str, ...] = ()
    functions: frozenset[str] = frozenset()
    imports: frozenset[str] = frozenset()


@dataclass(eq=False)
class PageTree:
    """The pages of a manifest. `contents` are those of files that are not what the disk says.

    Its methods raise OSError or SourceError for a file that cannot be read.
    """

    manifest: Manifest
    contents: Mapping[Path, bytes] = field(default_factory=lambda: MappingProxyType({}))

    @cached_property
    def _templates(self) -> dict[Path, Template]:
        return {}

    @cached_property
    def _actions(self) -> dict[Path, Actions]:
        return {}

    def template(self, path: Path) -> Template:
        """A template, read once."""
        if path not in self._templates:
            self._templates[path] = Template(path, self.contents)
        return self._templates[path]

    def actions(self, page: Page) -> Actions:
        """What the `actions.py` of a page offers; nothing without one."""
        path = page.actions
        if path is None:
            return Actions()
        if path not in self._actions:
            module = read_names(read_source(path, self.contents))
            names = read_actions(path, self.contents)
            self._actions[path] = Actions(names, frozenset(module.functions), frozenset(module.imports))
        return self._actions[path]

    def methods(self, path: Path) -> tuple[str, ...]:
        """The handlers that a `route.py` exports."""
        return read_methods(path, self.contents)

    def uses(self, page: Page) -> Iterator[tuple[Template, ActionUse]]:
        """The actions that the forms of a page name, in its own template and in those it is made with.

        What others share with it counts only where it is shown for certain, and names that any of them sets, tests
        or is given by `load` need not be actions.
        """
        templates = [self.template(page.file), *self._shared(page)]
        given = {word for template in templates for word in template.sets} | self._loaded(page)
        for number, template in enumerate(templates):
            for use in template.uses:
                if use.name not in given and (number == 0 or not use.is_conditional):
                    yield template, use

    def _loaded(self, page: Page) -> set[str]:
        if page.loader is None:
            return set()
        return set(_WORD.findall(_text(page.loader, self.contents)))

    def _shared(self, page: Page) -> list[Template]:
        """The layouts around a page, and what these and the page include or extend."""
        todo, seen = [page.file, *page.layouts], set[Path]()
        while todo:
            path = todo.pop()
            if path not in seen:
                seen.add(path)
                todo += self._named(path)
        return [self.template(path) for path in sorted(seen - {page.file})]

    def _named(self, path: Path) -> Iterator[Path]:
        """The templates that one includes or extends, as `routegen.pages` finds them: below the app folder only."""
        root = self.manifest.app_dir
        for name in self.template(path).templates:
            start = path.parent if name.startswith(("./", "../")) else root
            found = Path(os.path.normpath(start / name))
            if found.is_relative_to(root) and (found in self.contents or found.is_file()):
                yield found


def _text(path: Path, contents: Mapping[Path, bytes]) -> str:
    raw = content_of(path, contents)
    return raw.decode(errors="replace")
