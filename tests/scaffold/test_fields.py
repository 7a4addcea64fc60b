"""Fields as they are typed: what is taken, and what is refused with the reason and a field that would do."""

import json
from pathlib import Path

import pytest

from routegen.errors import UsageError
from routegen.scaffold.fields import TAKEN, TYPES, read_fields
from tests.command import Routegen


def read(*texts: str) -> str:
    """The fields in short: column, type, marks and default."""
    found = read_fields(texts, ["teams"], "users")
    return " ".join(
        f"{f.column}:{f.type}{'?' * f.nullable}{'!' * f.unique}{'' if f.default is None else f'={f.default}'}"
        for f in found
    )


@pytest.mark.parametrize(
    ("texts", "meaning"),
    [
        ((), "name:str"),
        (("name:str", "email:email!", "age:int?"), "name:str email:email! age:int?"),
        (("age:int?=3",), "age:int?=3"),
        (("code:str(8)!?",), "code:str?!"),
        (("price:decimal(9,3)=0.125",), "price:decimal=0.125"),
        (("team:ref:teams",), "team_id:ref"),
        (("team_id:ref:teams!",), "team_id:ref!"),
        (("boss:ref:users?",), "boss_id:ref?"),
        (("role:enum(admin,user)=user",), "role:enum=user"),
        (("role:enum( a , b )",), "role:enum"),
        (("title:str=a = b",), "title:str=a = b"),
        (("at:datetime=2026-01-31T12:00:00Z",), "at:datetime=2026-01-31T12:00:00Z"),
        (("site:url=https://example.com",), "site:url=https://example.com"),
    ],
)
def test_what_is_taken(texts: tuple[str, ...], meaning: str) -> None:
    assert read(*texts) == meaning


REFUSED = [
    ("name", "`name` is no field", "`name:str`"),
    ("", "`` is no field", "`name:str`"),
    ("name:", "is no field", "`name:str`"),
    ("name:string", "there is no type `string`", "did you mean `str`?"),
    ("name:strr", "there is no type `strr`", "did you mean `str`?"),
    ("n:varchar", "there is no type `varchar`", "types: str, text"),
    ("Name:str", "`Name` is no name of a field", "`name:str`"),
    ("first-name:str", "`first-name` is no name", "`first_name:str`"),
    ("2fa:bool", "`2fa` is no name", "`fa:bool`"),
    ("_x:str", "`_x` is no name", "`x:str`"),
    ("n\u00e4me:str", "is no name", "`n_me:str`"),
    ("class:str", "reserved word", "`class_name:str`"),
    ("match:str", "reserved word", "`match_name:str`"),
    ("id:int", "every row has an `id` already", "`number:int`"),
    ("copy:str", "the generated code uses that name", "`copy_value:str`"),
    ("metadata:json", "the generated code uses that name", "`metadata_value:json`"),
    ("model_name:str", "the generated code uses that name", "`name_value:str`"),
    ("limit:int", "the generated code uses that name", "`limit_value:int`"),
    ("password:str", "it would be stored as it is", "`name:str`"),
    (f"{'x' * 29}:str", "longer than 28 characters", "`xxxx"),
    ("name:str??", "a mark twice", "`name:str?`"),
    ("name:str(0)", "a length is from 1 to 10000", "`str(80)`"),
    ("name:str(1,2)", "a length is from 1 to 10000", "`str(80)`"),
    ("name:str(x)", "a length is from 1 to 10000", "`str(80)`"),
    ("name:int(3)", "`int` takes nothing in parentheses", "write `int`"),
    ("price:decimal(19,2)", "at most 18 digits", "`decimal(12,2)`"),
    ("price:decimal(2,2)", "at most 18 digits", "`decimal(12,2)`"),
    ("role:enum", "an enum has two or more", "`role:enum(admin,user)`"),
    ("role:enum(a)", "an enum has two or more", "`role:enum(admin,user)`"),
    ("role:enum(a,a)", "an enum has two or more", "`role:enum(admin,user)`"),
    ('role:enum(a,"b)', "an enum has two or more", "`role:enum(admin,user)`"),
    ("team:ref", "there is no table ``", "name a table"),
    ("team:ref:team", "there is no table `team`", "did you mean `ref:teams`?"),
    ("order:ref:orders", "there is no table `orders`", "`routegen add crud orders`"),
    ("name:str:teams", "only `ref` names a table", "write `str`"),
    ("boss:ref:users", "the first row would have nothing to refer to", "`boss:ref:users?`"),
    *(
        (f"x:{kind}!", f"`{kind}` cannot be unique", "leave out the `!`")
        for kind in ("text", "json", "bool", "float")
    ),
    ("x:enum(a,b)!", "`enum` cannot be unique", "leave out the `!`"),
    ("x:str(501)!", "at most 500 characters", "`str(200)!`"),
    ("x:str!=a", "a default would be taken once only", "leave out"),
    ("x:json={}", "`json` takes no default", "leave it out"),
    ("team:ref:teams=1", "`ref` takes no default", "leave it out"),
    *(
        (f"x:{kind}=nonsense", f"`nonsense` is no default of `{kind}`", f"`x:{kind}=")
        for kind in ("int", "float", "decimal", "bool", "date", "datetime", "uuid", "email", "url")
    ),
    ("x:str=", "`` is no default", "`x:str=new`"),
    ('x:str=a"b', "is no default", "`x:str=new`"),
    ("x:str(2)=abc", "`abc` is no default", "`x:str(2)=ne`"),
    ("x:enum(a,b)=c", "`c` is no default", "`x:enum(a,b)=a`"),
    ("x:date=2026-02-30", "is no default", "`x:date=2026-01-31`"),
    ("x:int=007", "is no default", "`x:int=0`"),
]


@pytest.mark.parametrize(("text", "message", "hint"), REFUSED, ids=lambda value: str(value)[:24])
def test_what_is_refused(text: str, message: str, hint: str) -> None:
    with pytest.raises(UsageError) as error:
        read(text)
    assert message in error.value.message
    assert hint in error.value.hint


def test_a_name_is_given_once_and_a_table_has_an_end() -> None:
    with pytest.raises(UsageError, match="two fields are called `team_id`"):
        read("team_id:int", "team:ref:teams")
    with pytest.raises(UsageError, match="61 fields are more than 60"):
        read(*(f"x{number}:int" for number in range(61)))


def test_every_hint_is_a_field_that_would_do() -> None:
    for text, _, _ in REFUSED:
        with pytest.raises(UsageError) as error:
            read(text)
        hint = error.value.hint
        offered = hint.partition("for example `")[2].partition("`")[0]
        if ":" in offered:
            read(offered)


def test_names_of_the_classes_are_taken() -> None:
    from pydantic import BaseModel
    from sqlmodel import SQLModel

    names = {
        name for base in (BaseModel, SQLModel) for name in dir(base) if not name.startswith(("_", "model_"))
    }
    assert names <= TAKEN | {"registry"}


def test_types_are_in_the_help(routegen: Routegen) -> None:
    assert set(TYPES) == {
        *("str", "text", "int", "float", "decimal", "bool", "date", "datetime"),
        *("uuid", "email", "url", "json", "enum", "ref"),
    }
    assert "[FIELD...]" in routegen("add", "crud", "--help").out


def test_fields_are_recorded_and_kept(project: Path, routegen: Routegen) -> None:
    assert routegen("add", "crud", "users", "name:str", "email:email!").code == 0
    record = json.loads((project / ".routegen/generated.json").read_text())
    options = next(found["options"] for found in record["additions"] if found["name"] == "crud users")
    assert options["fields"] == ["name:str", "email:email!"]
    again = routegen("add", "crud", "users")
    assert again.code == 0 and " identical  lib/models/user.py\n" in again.out
    assert " identical  migrations/0001_create_users.py\n" in again.out


def test_migrations_follow_each_other(project: Path, routegen: Routegen) -> None:
    for name in ("users", "teams"):
        routegen("add", "crud", name)
    first, second = (
        (project / "migrations" / f).read_text() for f in ("0001_create_users.py", "0002_create_teams.py")
    )
    revision = first.partition('revision = "')[2].partition('"')[0]
    assert "down_revision = None" in first and f'down_revision = "{revision}"' in second
    (project / "migrations/0003_mine.py").write_text(f'revision = "mine"\ndown_revision = "{revision}"\n')
    ran = routegen("add", "crud", "posts")
    assert ran.code == 1
    assert "`migrations` has two ends: `0002_create_teams.py`, `0003_mine.py`" in ran.err


def test_a_table_is_defined_once(project: Path, routegen: Routegen) -> None:
    models = project / "lib/models"
    models.mkdir()
    (models / "account.py").write_text('class Account(SQLModel, table=True):\n    __tablename__ = "users"\n')
    ran = routegen("add", "crud", "users")
    assert ran.code == 2 and "`Account` in `lib/models/account.py`" in ran.err
    (models / "account.py").write_text("class Account(\n")
    ran = routegen("add", "crud", "users")
    assert ran.code == 1 and "account.py` cannot be read" in ran.err


def test_dynamic_uses_a_model_that_is_there(project: Path, routegen: Routegen) -> None:
    routegen("add", "crud", "posts", "slug:str!", "score:float", "--path", "v1/posts")
    ran = routegen("add", "dynamic", "posts/[slug]")
    assert ran.code == 0 and "lib/memory" not in ran.out
    written = (project / "app/api/posts/[slug]/route.py").read_text()
    assert "from lib.models.post import (\n    Post,\n    PostPublic,\n)" in written
    for route, message in [
        ("x/posts/[nope]", "has no column `nope`"),
        ("x/posts/[score]", "cannot be found by `score`, which is `float`"),
        ("x/posts/[...slug]", "cannot be found by the list `[...slug]`"),
    ]:
        ran = routegen("add", "dynamic", route)
        assert ran.code == 2 and message in ran.err and "`[id]`, `[slug]`" in ran.err


def test_dynamic_shows_nothing_that_no_one_said_may_be_seen(project: Path, routegen: Routegen) -> None:
    (project / "lib/models").mkdir()
    (project / "lib/models/key.py").write_text(
        'class Key(SQLModel, table=True):\n    __tablename__ = "keys"\n    id: int\n    hash: str\n'
    )
    ran = routegen("add", "dynamic", "keys/[id]")
    assert ran.code == 2
    assert "does not say what a caller may see of `Key`" in ran.err and "`KeyPublic`" in ran.err
