"""Turns an action into a path operation: FastAPI solves what it depends on, then its form is read, then it runs.

Nothing is sent from here. What came of the call is left in the scope as an Outcome, so that the exit code of
dependencies (a commit) has run before a success is told to anybody.
"""

import inspect
import json
import re
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from starlette.concurrency import run_in_threadpool
from starlette.datastructures import FormData
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from routegen.actions import ActionOptions, Invalid
from routegen.actions.names import FieldPath, Value, path_of
from routegen.actions.once import Submission, is_genuine
from routegen.actions.shape import annotation_at, is_secret
from routegen.actions.signing import verify
from routegen.actions.validation import Errors, named
from routegen.pages.forms import ARGUMENTS_FIELD, ONCE_FIELD, Submitted, canonical
from routegen.respond import Redirect
from routegen.server.action_parameters import ActionParameters
from routegen.server.with_request import with_request

FILES_KEY: Final = "fastapi_middleware_astack"
"""Where FastAPI keeps what closes uploaded files once everything is over."""

OUTCOME_KEY: Final = "routegen.outcome"
_OWN: Final = frozenset({ARGUMENTS_FIELD, ONCE_FIELD})
_SECRET: Final = re.compile(
    r"(?:^|[^a-z])(?:pass|passwd|password|passphrase|passcode|pwd|secret|token|otp|pin|cvc|cvv)(?:$|[^a-z])",
    re.I,
)


class Outcome(Response):
    """What came of an action. FastAPI takes it for the answer; it only notes itself, with cookies and tasks.

    `kind` is `done`, `moved` (to `location`), `value`, `invalid`, `response` (the action made its own) or `again`
    (the form was sent before).
    """

    def __init__(
        self, kind: str, *, location: str = "", value: Any = None, submitted: Submitted | None = None
    ) -> None:
        super().__init__()
        self.kind = kind
        self.location = location
        self.value = value
        self.submitted = submitted
        self.errors: dict[str, str] = {}
        self.submission: Submission | None = None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        scope[OUTCOME_KEY] = self


@dataclass(frozen=True, slots=True)
class ActionEndpoint:
    """One action of one page."""

    name: str
    function: Callable[..., Any]
    options: ActionOptions
    parameters: ActionParameters
    root: Path
    purpose: str
    limit: int

    def endpoint(self) -> Callable[..., Awaitable[Response]]:
        """The function that FastAPI gets: its signature has what FastAPI solves, and the request."""
        return with_request(self.parameters.solved, self._call)

    async def _call(self, request: Request, values: dict[str, Any]) -> Outcome:
        form = await request.form(max_part_size=self.limit)
        request.scope[FILES_KEY].push_async_callback(form.close)
        sent = [(name, value) for name, value in form.multi_items() if name not in _OWN]
        arguments = self._arguments(form)
        submission = self._submission(form)
        if submission is not None and not submission.begin():
            return Outcome("again", location=submission.location)
        outcome = await self._run(form, sent, arguments, values, submission)
        outcome.submission = submission
        return outcome

    async def _run(
        self,
        form: FormData,
        sent: Sequence[tuple[str, Value]],
        arguments: dict[str, Any],
        values: dict[str, Any],
        submission: Submission | None,
    ) -> Outcome:
        try:
            taken, errors = self._form_values(form, sent)
            if errors:
                return self._invalid(errors, sent, arguments)
            result = await self._invoke({**values, **self.parameters.decode(arguments), **taken})
        except Invalid as invalid:
            return self._invalid(
                {path_of(name) if name else (): text for name, text in invalid.errors.items()},
                sent,
                arguments,
            )
        except Redirect as redirect:
            return Outcome(
                "moved", location=redirect.headers["location"] if redirect.headers else redirect.url
            )
        except BaseException:
            if submission is not None:
                submission.give_back()
            raise
        return self._outcome_of(result, arguments)

    def _form_values(
        self, form: FormData, sent: Sequence[tuple[str, Value]]
    ) -> tuple[dict[str, Any], Errors]:
        """What the action gets from its form, by parameter."""
        wanted = self.parameters
        if wanted.takes_raw_form:
            return {str(wanted.form): FormData(list(sent))}, {}
        if wanted.form_model is None:
            return {}, {}
        model, errors = wanted.form_model.validate(sent)
        if errors or wanted.form is not None:
            return {str(wanted.form): model}, errors
        return {name: getattr(model, name) for name in wanted.fields}, errors

    async def _invoke(self, values: dict[str, Any]) -> Any:
        if inspect.iscoroutinefunction(inspect.unwrap(self.function)):
            return await self.function(**values)
        result = await run_in_threadpool(self.function, **values)
        return await result if inspect.isawaitable(result) else result

    def _outcome_of(self, result: Any, arguments: dict[str, Any]) -> Outcome:
        if result is None:
            return Outcome("done", submitted=self._submitted(200, arguments))
        if isinstance(result, Response):
            location = result.headers.get("location")
            moved = location is not None and 300 <= result.status_code < 400
            outcome = (
                Outcome("moved", location=location or "") if moved else Outcome("response", value=result)
            )
            outcome.raw_headers += [pair for pair in result.raw_headers if moved and pair[0] == b"set-cookie"]
            outcome.background = result.background if moved else None
            return outcome
        return Outcome("value", value=result, submitted=self._submitted(200, arguments, state=result))

    def _invalid(
        self, errors: Errors, sent: Sequence[tuple[str, Value]], arguments: dict[str, Any]
    ) -> Outcome:
        values: dict[FieldPath, list[str]] = {}
        for name, value in sent:
            path = path_of(name)
            if isinstance(value, str) and not self._is_secret(name, path):
                values.setdefault(path, []).append(value)
        outcome = Outcome("invalid", submitted=self._submitted(422, arguments, values=values, errors=errors))
        outcome.errors = named(errors)
        return outcome

    def _submitted(self, status: int, arguments: dict[str, Any], **more: Any) -> Submitted:
        return Submitted(self.name, status, canonical(arguments), **more)

    def _is_secret(self, name: str, path: FieldPath) -> bool:
        """Whether a value never goes back into a page: by the model's type, or by the name where there is no type."""
        if self.parameters.model is not None and is_secret(annotation_at(self.parameters.model, path)):
            return True
        return _SECRET.search(re.sub(r"(?<=[a-z])(?=[A-Z])", "_", name)) is not None

    def _arguments(self, form: FormData) -> dict[str, Any]:
        """The arguments that the page has bound. Raises HTTPException: 400, they are not what the page was given."""
        signed = form.getlist(ARGUMENTS_FIELD)
        if not signed:
            return {}
        text = verify(self.root, self.purpose, str(signed[0])) if len(signed) == 1 else None
        if text is None:
            raise HTTPException(
                400, "The form's bound arguments were changed, or signed with another key; load the page anew"
            )
        return json.loads(text)

    def _submission(self, form: FormData) -> Submission | None:
        if not self.options.once:
            return None
        token = form.get(ONCE_FIELD)
        if not isinstance(token, str) or not is_genuine(self.root, self.purpose, token):
            raise HTTPException(400, "The form has no valid one-time token; load the page anew")
        return Submission(self.root, token)
