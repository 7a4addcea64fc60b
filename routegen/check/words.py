"""How the words of a rule read in a script: rules are written for Python, what they advise has another name there."""

_WORDS = (
    ('`EXPOSE = "public"` or `# routegen:', "`// routegen:"),
    ('; if others call it, say so: `EXPOSE = "public"`', ""),
    ('; if others post this form, say so: `EXPOSE = "integration"`', ""),
    ("# routegen:", "// routegen:"),
    ("`routegen add action NAME`", 'a function in a file that begins with `"use server"`'),
    (
        "take the caller in the action too: `caller: User`",
        "ask who calls in the action too: it is called by a URL of its own",
    ),
    ("let a dependency check the caller", "ask who calls first, and answer 401"),
    (
        "put `except HTTPException: raise` before it",
        "call it after the `try`, or throw what was caught again",
    ),
    ("the `except` below", "the `catch` below"),
    ("the `except` answers", "the `catch` answers"),
    ("raise `HTTPException(404)` when it is `None`", "answer 404 when it is `null`"),
    ("raise `HTTPException`, or give", "give"),
    (
        "move it to a `route.py`: `routegen add webhook PROVIDER`, or a handler with a key of its own",
        "move it to a `route.ts` that verifies who sends",
    ),
    (
        "refuse with 401 when it is None, or use a dependency that does",
        "answer 401 when there is nobody: `if (!session) return …`",
    ),
    (
        "answer with a model that holds only what may be seen",
        "name the fields that may be seen: `select` of Prisma, columns of Drizzle, `.select()` of Mongoose",
    ),
    ("this `route.py`", "this file"),
    ("`while chunk := await file.read(65536)`", "`for await (const chunk of file.stream())`"),
    ("`hmac.compare_digest`", "`crypto.timingSafeEqual` of two buffers of one length"),
    ("`await request.body()`", "`await request.text()`"),
    ("take the body as a Pydantic model that", "parse the body with a schema that"),
    ('`f"{uuid4().hex}{suffix}"`', "`${crypto.randomUUID()}${suffix}`"),
    (
        "`resolve()` it and test `is_relative_to`",
        "`path.resolve` it and test that it `startsWith` the folder",
    ),
    (
        "is a coroutine that nobody awaits: it never runs",
        "gives a promise that nobody awaits: its error is lost, and it may be cut off",
    ),
)
PYTHON = tuple(python for python, _ in _WORDS)
"""The words that read otherwise in a script."""


def in_script(text: str) -> str:
    """A message or a hint as it reads for TypeScript and JavaScript."""
    for python, script in _WORDS:
        if python in text:
            text = text.replace(python, script)
    return text
