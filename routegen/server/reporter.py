"""What the server tells whoever started it, as data; the CLI turns it into text."""

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from routegen.server.app import RouteApp
    from routegen.server.dev.log import RequestLine, UploadProgress
    from routegen.server.dev.report import ErrorReport
    from routegen.server.reload import Reload


class Reporter(Protocol):
    """Receives what happens while a project is served."""

    def announce(self, url: str, application: "RouteApp", wanted_port: int) -> None:
        """The socket is bound and the routes are known. `wanted_port` may have been taken."""
        ...

    def request(self, line: "RequestLine") -> None:
        """A request was answered."""
        ...

    def progress(self, upload: "UploadProgress") -> None:
        """A large body is coming in; called at most ten times a second."""
        ...

    def reloaded(self, reload: "Reload") -> None:
        """Edits were taken in, or cannot be without a new process (`reload.restart`)."""
        ...

    def failed(self, report: "ErrorReport") -> None:
        """A handler raised what nobody caught, or a route cannot be loaded."""
        ...

    def tell(self, message: str, hint: str) -> None:
        """Something about the project that the developer should know; `hint` may be empty."""
        ...

    def restarted(self, milliseconds: float) -> None:
        """A new process has taken over."""
        ...

    def restart_failed(self) -> None:
        """The new process did not come up; the old one goes on."""
        ...
