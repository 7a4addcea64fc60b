"""Names the extra of routegen that brings a package which is not installed."""

import re

_EXTRA = re.compile(r"""^\s*([A-Za-z0-9._-]+).*;\s*extra\s*==\s*['"]([^'"]+)['"]""")


def missing_package(error: BaseException) -> tuple[str, str] | None:
    """The package of an extra whose absence is the error, or caused it, and what to type."""
    cause = error if isinstance(error, ModuleNotFoundError) else error.__cause__
    if not isinstance(cause, ModuleNotFoundError) or not cause.name:
        return None
    hint = install_hint(cause.name)
    return (cause.name.partition(".")[0], hint) if hint else None


def install_hint(module: str) -> str:
    """What to type so that `module` can be imported; empty when routegen has no extra for it.

    Args:
        module: the dotted name that an import asked for, as `ModuleNotFoundError.name` gives it.
    """
    extra = _extra_of(module.partition(".")[0])
    return (
        f"pip install 'routegen[{extra}]', or all that your project names: pip install -e ." if extra else ""
    )


def _extra_of(package: str) -> str | None:
    """The first extra in routegen's own metadata that needs the package."""
    from importlib import metadata  # 15 ms, which no command should pay for that fails of nothing

    try:
        needs = metadata.requires("routegen") or []
    except metadata.PackageNotFoundError:  # run from its source alone
        return None
    for need in needs:
        found = _EXTRA.match(need)
        if found and found[1].lower().replace("-", "_") == package.lower():
            return found[2]
    return None
