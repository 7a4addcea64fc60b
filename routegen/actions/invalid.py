"""The exception by which an action says what is wrong with a form, field by field."""

from collections.abc import Mapping


class Invalid(Exception):
    """A form that an action does not take: 422, and the page once more with the errors beside its fields.

        raise Invalid(email="already taken")
        raise Invalid("The shop is closed", {"items[0].amount": "we have only two"})

    Args:
        message: what is wrong with the form as a whole.
        fields: errors of fields whose name is no Python name.
        named: errors of the other fields.

    `errors` holds them by field name, the one of the whole form under the empty name.
    """

    def __init__(self, message: str = "", fields: Mapping[str, str] | None = None, /, **named: str) -> None:
        self.errors: dict[str, str] = {"": message} if message else {}
        self.errors.update(fields or {})
        self.errors.update(named)
        super().__init__("; ".join(f"{name}: {text}" if name else text for name, text in self.errors.items()))
