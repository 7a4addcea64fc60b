import pytest

from routegen.scaffold.naming import identifier, kebab, names_of, shown

WORDS = """
users user users User
user user users User
people person people Person
children child children Child
order-items order_item order_items OrderItem
OrderItems order_item order_items OrderItem
statuses status statuses Status
houses house houses House
caches cache caches Cache
boxes box boxes Box
addresses address addresses Address
companies company companies Company
movies movie movies Movie
news news news News
series series series Series
data data data Data
wolves wolf wolves Wolf
archives archive archives Archive
analyses analysis analyses Analysis
indices index indices Index
axes axis axes Axis
quizzes quiz quizzes Quiz
buses bus buses Bus
keys key keys Key
heroes hero heroes Hero
photos photo photos Photo
databases database databases Database
menus menu menus Menu
lenses lens lenses Lens
courses course courses Course
"""


@pytest.mark.parametrize("line", WORDS.strip().splitlines())
def test_singular_plural_and_model(line: str) -> None:
    text, singular, plural, model = line.split()
    names = names_of(text)
    assert (names.singular, names.plural, names.model) == (singular, plural, model)


@pytest.mark.parametrize("line", WORDS.strip().splitlines())
def test_the_names_of_a_name_are_the_same(line: str) -> None:
    names = names_of(line.split()[0])
    assert names_of(names.plural) == names
    assert names_of(names.singular) == names


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("class", "class_"),
        ("2fa", "n2fa"),
        ("Café au lait", "cafe_au_lait"),
        ("--", ""),
        ("userId", "user_id"),
    ],
)
def test_identifier(text: str, expected: str) -> None:
    assert identifier(text) == expected


@pytest.mark.parametrize(
    ("text", "expected"), [("My Shop!", "my-shop"), ("../x", "x"), ("a__b", "a-b"), ("日本", "")]
)
def test_kebab(text: str, expected: str) -> None:
    assert kebab(text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a\0b", "a\\x00b"),
        ("\x1b[31m", "\\x1b[31m"),
        ("\udcff", "\\udcff"),
        ("[id]", "[id]"),
        ("\u202e", "\\u202e"),
    ],
)
def test_what_is_printed_is_harmless(text: str, expected: str) -> None:
    assert shown(text) == expected
    assert len(shown("x" * 10_000)) == 80
