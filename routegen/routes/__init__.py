"""What a tree of folders means: segments, routes, pages, the manifest, conflicts, and the matching of a path."""

from routegen.routes.manifest import (
    ACTIONS_FILE,
    GUARD_FILE,
    LOADER_FILE,
    PAGE_FILE,
    ROUTE_FILE,
    Manifest,
    route_at,
    scan,
)
from routegen.routes.nextjs import PAGE_FILES as NEXT_PAGE_FILES
from routegen.routes.nextjs import ROUTE_FILES as NEXT_ROUTE_FILES
from routegen.routes.nextjs import SUFFIXES as NEXT_SUFFIXES
from routegen.routes.nextjs import guards_in, may_hold_actions, scan_next
from routegen.routes.route import HANDLER_NAMES, METHODS, Page, Problem, Route
from routegen.routes.segment import Kind, Segment, SegmentError

__all__ = [
    "ACTIONS_FILE",
    "GUARD_FILE",
    "HANDLER_NAMES",
    "LOADER_FILE",
    "METHODS",
    "NEXT_PAGE_FILES",
    "NEXT_ROUTE_FILES",
    "NEXT_SUFFIXES",
    "PAGE_FILE",
    "ROUTE_FILE",
    "Kind",
    "Manifest",
    "Page",
    "Problem",
    "Route",
    "Segment",
    "SegmentError",
    "guards_in",
    "may_hold_actions",
    "route_at",
    "scan",
    "scan_next",
]
