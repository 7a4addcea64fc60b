"""The names that users import, pinned, and the version they read."""

import re
from importlib.metadata import version
from pathlib import Path

import pytest

import routegen


def test_the_public_names_are_these() -> None:
    assert routegen.__all__ == ["Redirect", "create_app", "operation", "respond"]


@pytest.mark.parametrize("name", routegen.__all__)
def test_a_public_name_resolves_and_is_documented(name: str) -> None:
    assert getattr(routegen, name).__doc__
    assert name in (routegen.__doc__ or "")
    assert name in dir(routegen)


def test_an_unknown_name_is_an_attribute_error() -> None:
    with pytest.raises(AttributeError, match="no attribute 'nonsense'"):
        _ = routegen.nonsense


def test_the_changelog_starts_with_this_version(checkout: Path) -> None:
    heads = re.findall(r"^## (\S+)", (checkout / "CHANGELOG.md").read_text(encoding="utf-8"), re.MULTILINE)
    assert heads[0] == routegen.__version__


def test_the_installed_version_is_this_one() -> None:
    assert version("routegen") == routegen.__version__


def test_the_package_says_that_it_is_typed(checkout: Path) -> None:
    assert (checkout / "routegen" / "py.typed").is_file()
