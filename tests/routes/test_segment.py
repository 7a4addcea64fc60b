"""The folder grammar: what a name means, and what is said about a name that means nothing."""

import keyword

import pytest
from hypothesis import given
from hypothesis import strategies as st

from routegen.routes.segment import Kind, Segment, SegmentError, parse


@pytest.mark.parametrize(
    ("folder", "kind", "name"),
    [
        ("users", Kind.STATIC, "users"),
        ("Users", Kind.STATIC, "Users"),
        ("user-list", Kind.STATIC, "user-list"),
        (".well-known", Kind.STATIC, ".well-known"),
        ("v1.2", Kind.STATIC, "v1.2"),
        ("a b", Kind.STATIC, "a b"),
        ("%5Fnext", Kind.STATIC, "_next"),
        ("caf%C3%A9", Kind.STATIC, "café"),
        ("cafe\u0301", Kind.STATIC, "café"),
        ("日本", Kind.STATIC, "日本"),
        ("red", Kind.STATIC, "red"),
        ("[id]", Kind.DYNAMIC, "id"),
        ("[user_id]", Kind.DYNAMIC, "user_id"),
        ("[red]", Kind.DYNAMIC, "red"),
        ("[größe]", Kind.DYNAMIC, "größe"),
        ("[match]", Kind.DYNAMIC, "match"),
        ("[...slug]", Kind.CATCH_ALL, "slug"),
        ("[[...slug]]", Kind.OPTIONAL_CATCH_ALL, "slug"),
        ("(shop)", Kind.GROUP, "shop"),
        ("(my shop)", Kind.GROUP, "my shop"),
        ("_lib", Kind.PRIVATE, "_lib"),
        ("__pycache__", Kind.PRIVATE, "__pycache__"),
        ("_[id]", Kind.PRIVATE, "_[id]"),
    ],
)
def test_a_folder_means_a_segment(folder: str, kind: Kind, name: str) -> None:
    assert parse(folder) == Segment(folder, kind, name)


@pytest.mark.parametrize(
    ("folder", "message", "hint"),
    [
        ("x[id]", "has a parameter in one part", "`[id]`"),
        ("[slug].json", "has a parameter in one part", "`[slug]`"),
        ("[a][b]", "has a parameter in one part", "`[a]`"),
        ("[id", "unbalanced brackets", "`[id]`"),
        ("id]", "unbalanced brackets", "`[id]`"),
        ("[[id]", "unbalanced brackets", "`[id]`"),
        ("[[...slug]", "unbalanced brackets", "`[slug]`"),
        ("[]", "no parameter name", "`[id]`"),
        ("[...]", "no parameter name", "`[id]`"),
        ("[[...]]", "no parameter name", "`[id]`"),
        ("[[id]]", "optional segment", "`[[...id]]`"),
        ("[..slug]", "exactly three dots", "`[...slug]`"),
        ("[....slug]", "exactly three dots", "`[...slug]`"),
        ("[…slug]", "exactly three dots", "`[...slug]`"),
        ("[post-id]", "cannot be the name of a Python parameter", "`[post_id]`"),
        ("[1st]", "cannot be the name of a Python parameter", "`[p_1st]`"),
        ("[class]", "cannot be the name of a Python parameter", "`[class_]`"),
        ("[...from]", "cannot be the name of a Python parameter", "`[...from_]`"),
        ("[ id ]", "cannot be the name of a Python parameter", "`[id]`"),
        ("[/id]", "cannot be the name of a Python parameter", "`[id]`"),
        ("@modal", "parallel route", "`modal`"),
        ("(.)photo", "intercepting route", "`photo`"),
        ("(..)photo", "intercepting route", "`photo`"),
        ("(...)photo", "intercepting route", "`photo`"),
        ("(..)(..)photo", "intercepting route", "`photo`"),
        ("(shop", "route group", "`(shop)`"),
        ("(shop)x", "route group", "`(shop)`"),
        ("()", "route group", "`(shop)`"),
        ("(a)(b)", "route group", "`(shop)`"),
    ],
)
def test_a_name_without_meaning_is_refused_with_the_repair(folder: str, message: str, hint: str) -> None:
    with pytest.raises(SegmentError) as caught:
        parse(folder)
    assert f"`{folder}`" in caught.value.message
    assert message in caught.value.message
    assert hint in caught.value.hint


@given(st.text(alphabet="[].()_@%ab1-… \u0301é", min_size=1, max_size=8))
def test_every_name_is_a_segment_or_an_error_with_a_way_out(folder: str) -> None:
    try:
        segment = parse(folder)
    except SegmentError as error:
        assert error.message
        assert error.hint
    else:
        if segment.is_parameter:
            assert segment.name.isidentifier()
            assert not keyword.iskeyword(segment.name)
