"""Turns the templates of an app folder into HTML: a page inside its layouts, each inside the one above."""

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from jinja2 import BaseLoader, Environment, StrictUndefined, Template, TemplateNotFound, TemplateSyntaxError
from markupsafe import Markup

from routegen.errors import ProjectError


class Missing(StrictUndefined):
    """A name that nobody has given: an error where it is shown, false where it is asked for.

    `{{ title or "Shop" }}` and `{% if title %}` are how a layout asks what a page has set; `{{ tilte }}` is a mistake.
    """

    __slots__ = ()

    def __bool__(self) -> bool:
        return False


class Templates:
    """The templates below one app folder. HTML is escaped in every one of them.

    Args:
        app_dir: where names begin; `./card.html` is beside the template that includes it.
        reload: look at a file before each use, for an edit to be live at once.
    """

    def __init__(self, app_dir: Path, *, reload: bool) -> None:
        self._app_dir = app_dir
        self._names: dict[Path, str] = {}
        self._environment = _Environment(
            loader=_Loader(app_dir),
            autoescape=True,
            undefined=Missing,
            auto_reload=reload,
            trim_blocks=True,
            lstrip_blocks=True,
            cache_size=-1,
        )

    def get(self, file: Path) -> Template:
        """The compiled template of a file.

        Raises:
            TemplateError: it is wrong, with the place as the last frame of the traceback.
        """
        name = self._names.get(file)
        if name is None:
            name = self._names[file] = file.relative_to(self._app_dir).as_posix()
        return self._environment.get_template(name)

    def check(self, file: Path) -> None:
        """Compile a template. Raises ProjectError, with the line at fault."""
        try:
            self.get(file)
        except TemplateSyntaxError as error:
            raise ProjectError(
                f"`{file}`, line {error.lineno}: {error.message}", hint="mend the template"
            ) from error

    def render(
        self, page: Path, layouts: Sequence[Path], values: Mapping[str, Any], *, block: str | None = None
    ) -> str:
        """A page as HTML.

        What a template sets at its top level (`{% set title = "Contact" %}`) is known to the layouts around it, and
        the page itself is their `children`.

        Args:
            page: the template.
            layouts: those that wrap it, the outermost first.
            values: what the templates are given.
            block: render only this block of the page, if it has it.
        """
        html, known = _render(self.get(page), {**self._environment.globals, **values}, block)
        for layout in reversed(layouts):
            html, known = _render(self.get(layout), {**known, "children": Markup(html)}, None)
        return html


class _Environment(Environment):
    def join_path(self, template: str, parent: str) -> str:
        if not template.startswith(("./", "../")):
            return template
        parts = parent.split("/")[:-1]
        for part in template.split("/"):
            if part == "..":
                if not parts:
                    raise TemplateNotFound(template)
                parts.pop()
            elif part != ".":
                parts.append(part)
        return "/".join(parts)


class _Loader(BaseLoader):
    """Reads below one folder, symbolic links included as the route tree does; never above it by its name."""

    def __init__(self, root: Path) -> None:
        self._root = root

    def get_source(self, environment: Environment, template: str) -> tuple[str, str, Callable[[], bool]]:
        file = self._root.joinpath(*template.split("/"))
        if not {"..", ""}.isdisjoint(template.split("/")):
            raise TemplateNotFound(template)
        before = _state(file)
        try:
            source = file.read_text(encoding="utf-8")
        except (OSError, UnicodeDecodeError) as error:
            raise TemplateNotFound(template, f"`{file}` cannot be read: {error}") from error
        return source, str(file), lambda: _state(file) == before


def _state(file: Path) -> tuple[int, int, int] | None:
    """What tells one state of a file from another; a save by rename changes the inode only, perhaps."""
    try:
        stat = file.stat()
    except OSError:
        return None
    return stat.st_mtime_ns, stat.st_size, stat.st_ino


def _render(template: Template, values: dict[str, Any], block: str | None) -> tuple[str, dict[str, Any]]:
    """The HTML, and the values with what the template has set itself."""
    context = template.new_context(values, shared=True)
    function = template.blocks.get(block, template.root_render_func) if block else template.root_render_func
    try:
        html = "".join(function(context))
    except Exception:
        template.environment.handle_exception()
    return html, ({**values, **context.get_exported()} if context.exported_vars else values)
