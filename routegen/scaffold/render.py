"""Turns the files of a plan into text: Jinja2 where an unknown name is an error, and nothing else happens."""

import hashlib
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from jinja2 import Environment, StrictUndefined, TemplateError

from routegen.errors import ProjectError
from routegen.scaffold.plan import PlannedFile

_ENVIRONMENT = Environment(  # source code is no HTML: nothing is escaped, plans hold only checked names
    undefined=StrictUndefined,
    keep_trailing_newline=True,
    trim_blocks=True,
    lstrip_blocks=True,
    autoescape=False,
)


@dataclass(frozen=True, slots=True)
class RenderedFile:
    """A file as it will be: its target below the root, its whole text, and the template it came from."""

    target: str
    text: str
    template: str
    once: bool = False
    template_sha256: str = ""

    @property
    def sha256(self) -> str:
        """The hash of the pristine text, by which a later edit is told."""
        return hashlib.sha256(self.text.encode()).hexdigest()


def render(files: Iterable[PlannedFile], read: Callable[[str], str]) -> list[RenderedFile]:
    """Render every file; `read` gives the text of a template.

    Raises:
        ProjectError: a template is wrong or uses a name that it is not given.
    """
    return [_rendered(file, read(file.template)) for file in files]


def _rendered(file: PlannedFile, source: str) -> RenderedFile:
    try:
        text = _ENVIRONMENT.from_string(source).render(file.context)
    except TemplateError as error:
        lineno = getattr(error, "lineno", None)  # TemplateSyntaxError has one
        line = f":{lineno}" if lineno else ""
        raise ProjectError(
            f"template `{file.template}{line}`: {error.message}", hint="mend the template"
        ) from error
    source_sha256 = hashlib.sha256(source.encode()).hexdigest()
    return RenderedFile(file.target, text, file.template, file.once, source_sha256)
