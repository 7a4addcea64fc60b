"""Turns one name into the forms that code needs (singular, plural, class) and shows hostile text safely."""

import keyword
import re
import unicodedata
from dataclasses import dataclass

_PAIRS = """
person people, child children, man men, woman women, mouse mice, goose geese, tooth teeth,
foot feet, ox oxen, die dice, wolf wolves, knife knives, life lives, wife wives, leaf leaves,
shelf shelves, half halves, thief thieves, loaf loaves, calf calves, index indices, matrix matrices,
vertex vertices, appendix appendices, criterion criteria, phenomenon phenomena, analysis analyses,
basis bases, crisis crises, thesis theses, hypothesis hypotheses, diagnosis diagnoses,
synopsis synopses, axis axes, curriculum curricula, quiz quizzes, gas gases, lens lenses,
alias aliases, atlas atlases, canvas canvases, bias biases, iris irises, hero heroes, menu menus,
potato potatoes, tomato tomatoes, echo echoes, veto vetoes, cargo cargoes, movie movies,
cookie cookies, tie ties, pie pies, calorie calories, zombie zombies, rookie rookies,
selfie selfies, brownie brownies, cache caches, ache aches, niche niches, bus buses, axe axes
"""
_SAME = """
news series species sheep fish deer equipment information money rice software hardware feedback metadata
research advice furniture luggage evidence knowledge traffic weather aircraft headquarters analytics tennis
data media
"""
_IN_US = """
status virus campus bonus census corpus focus genus radius stimulus nexus consensus apparatus surplus
abacus cactus chorus circus citrus fungus octopus opus sinus walrus prospectus syllabus terminus
thesaurus
"""
_SPLIT = (pair.strip().partition(" ") for pair in _PAIRS.split(","))
_PLURALS = {one: many for one, _, many in _SPLIT}
_SINGULARS = {plural: singular for singular, plural in reversed(_PLURALS.items())}
_UNCOUNTABLE: frozenset[str] = frozenset(_SAME.split())
_SINGULAR_US: frozenset[str] = frozenset(_IN_US.split())


@dataclass(frozen=True, slots=True)
class Names:
    """The forms of one resource: `people` gives person, people and Person. All are valid identifiers."""

    singular: str
    plural: str

    @property
    def model(self) -> str:
        """The class name: `order_item` gives `OrderItem`."""
        return "".join(word[:1].upper() + word[1:] for word in self.singular.split("_"))

    @property
    def title(self) -> str:
        """For sentences: `order_item` gives `Order item`."""
        return self.singular.replace("_", " ").capitalize()

    @property
    def words(self) -> str:
        """The plural for sentences: `order_items` gives `order items`."""
        return self.plural.replace("_", " ")


def names_of(text: str) -> Names:
    """The names of the resource that a URL segment such as `order-items` speaks of."""
    plain = snake(text)
    head, last = plain[: plain.rfind("_") + 1], plain[plain.rfind("_") + 1 :]
    singular = singular_of(last)
    return Names(head + singular, head + plural_of(singular))


def singular_of(word: str) -> str:
    """The singular of an English word in lower case; a word that is singular comes back as it is."""
    if word in _UNCOUNTABLE or word in _PLURALS:
        return word
    if word in _SINGULARS:
        return _SINGULARS[word]
    if word.endswith("ies") and len(word) > 4:
        return word[:-3] + "y"
    if word.endswith("uses") and word[:-2] in _SINGULAR_US:
        return word[:-2]
    if word.endswith(("sses", "shes", "ches", "xes", "zzes")):
        return word[:-2]
    if word.endswith("s") and not word.endswith(("ss", "us", "is")) and len(word) > 1:
        return word[:-1]
    return word


def plural_of(word: str) -> str:
    """The plural of an English word in lower case, given in the singular."""
    if word in _UNCOUNTABLE:
        return word
    if word in _PLURALS:
        return _PLURALS[word]
    if re.search(r"[^aeiou]y$", word):
        return word[:-1] + "ies"
    if word.endswith(("s", "sh", "ch", "x", "z")):
        return word + "es"
    return word + "s"


def identifier(text: str) -> str:
    """The nearest lower-case identifier, possibly empty: `class` gives `class_`, `2fa` gives `n2fa`."""
    plain = snake(text)
    if plain[:1].isdigit():
        plain = f"n{plain}"
    return f"{plain}_" if keyword.iskeyword(plain) else plain


def snake(text: str) -> str:
    """The nearest lower-case name with underscores, possibly empty: `Order-Items` gives `order_items`."""
    words = re.sub(r"([a-z0-9])([A-Z])", r"\1_\2", ascii_of(text))
    return re.sub(r"[^a-z0-9]+", "_", words.lower()).strip("_")


def kebab(text: str) -> str:
    """The nearest lower-case name with hyphens, possibly empty: `My Shop!` gives `my-shop`."""
    return snake(text).replace("_", "-")


def ascii_of(text: str) -> str:
    """The text without accents and without what has no ASCII form."""
    return unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode()


def shown(text: str) -> str:
    """Text from outside as it may be printed: what is not printable is escaped, long text is cut."""
    safe = "".join(
        c if c.isprintable() else c.encode("unicode_escape", "surrogatepass").decode() for c in text
    )
    return safe if len(safe) <= 80 else f"{safe[:77]}..."
