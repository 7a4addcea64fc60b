"""The outside judges of streams, resumable uploads and the pages of `/docs`."""

from tests.node import Packages

_PACKAGES = Packages("ai@6.0.326", "tus-js-client@4.3.1", "eventsource@4.0.0", "swagger-ui-dist@5.35.0")
modules = _PACKAGES.modules
node = _PACKAGES.run
