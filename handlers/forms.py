"""Answer submitted forms; what is wrong with a field is said beside it, if it is known in time."""

from __future__ import annotations

import hashlib
import json
import re
import secrets
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

from handlers import events
from handlers.attached import pictures_of
from handlers.blocks.error import sentence
from handlers.command import Call, Command, Origin, Reply, Rule
from handlers.edge import Edge
from handlers.inbox import InboxEntry
from handlers.parsing import plain, refuse_tokens, typed
from handlers.reception import Request
from services.errors import InvalidInputError
from services.models import Picture

CALLBACK = re.compile(r"aml\.(?P<module>\w{1,40})(?:\.(?P<name>\w{1,40}))?")


@dataclass(frozen=True, slots=True, kw_only=True)
class Form:
    """A submitted form: from where, whose, and what stands in it.

    `key` is the same for the same form with the same in it, however often somebody submits it.
    """

    key: str
    origin: Origin
    state: str
    command: Command
    rule: Rule
    submit: Callable[[Call], Reply]
    values: Mapping[str, str]
    pictures: tuple[Picture, ...]
    fields: frozenset[str]


class Forms:
    """Brings each form to the command or action that opened it.

    Args:
        edge: who may, and where answers go.
    """

    def __init__(self, edge: Edge) -> None:
        self._edge = edge
        self._answers = edge.answers

    def request(self, acknowledge: Callable[..., bool], form: Form) -> Request:
        """What a form wants.

        Args:
            acknowledge: true when Slack sees the response, so that errors stand beside fields.
            form: as it was read.
        """
        return Request(
            origin=form.origin,
            lane=f"{form.command.name}.submit",
            what=f"form {form.command.name}",
            work=partial(self._answer, acknowledge, form),
        )

    def read(self, kept: InboxEntry) -> Form:
        """Read a form as the inbox has it.

        Raises:
            ValueError: it is not as Slack sends it, or none of ours.
        """
        view = kept["view"]
        origin, state = events.submitted(view, kept["user"])
        match = CALLBACK.fullmatch(events.text(view.get("callback_id")))
        command = self._edge.registry.by_module.get(match["module"]) if match else None
        if match is None or command is None:
            raise ValueError("no command has that form")
        action = command.actions.get(match["name"] or "")
        submit = command.submit if action is None else action.submit
        if submit is None:
            raise ValueError("no command takes that form")
        values, files = _values(view)
        return Form(
            key=_key(view),
            origin=origin,
            state=state,
            command=command,
            rule=command if action is None else action,
            submit=submit,
            values={name: plain(value) for name, value in values.items()},
            pictures=pictures_of({"files": files}),
            fields=_fields(view),
        )

    def _answer(self, acknowledge: Callable[..., bool], form: Form) -> None:
        try:
            self._submit(acknowledge, form)
        finally:
            acknowledge()

    def _submit(self, acknowledge: Callable[..., bool], form: Form) -> None:
        placed = self._answers.placed(form.origin)
        call = self._edge.call(placed, form.pictures, value=form.state)
        call = replace(call, values=form.values)
        try:
            for name, value in form.values.items():
                refuse_tokens(value, name)
            reply = self._edge.permissions.run(form.rule, call, form.submit)
        except InvalidInputError as error:
            field = error.field if error.field in form.fields else ""
            if not field or not acknowledge(
                response_action="errors", errors={field: _inline(error)}
            ):
                raise
            self._edge.services.operations.forget(form.key)  # it may be submitted again as it is
            return
        acknowledge()
        self._edge.answer(placed, form.command, reply)


def _key(view: Mapping[str, Any]) -> str:
    """Of a form without an id, which Slack never sends, every submission is another."""
    view_id = events.text(view.get("id"))
    entered = json.dumps(view.get("state"), sort_keys=True, default=str)
    digest = hashlib.sha256(entered.encode()).hexdigest()[:16]
    return f"form:{view_id or secrets.token_hex(8)}:{digest}"


def _fields(view: Mapping[str, Any]) -> frozenset[str]:
    blocks = view.get("blocks") or []
    listed = blocks if isinstance(blocks, list) else []
    return frozenset(str(one.get("block_id")) for one in listed if isinstance(one, Mapping))


def _values(view: Mapping[str, Any]) -> tuple[dict[str, str], list[Mapping[str, Any]]]:
    """The fields of a submitted form by block id, and the files among them.

    Raises:
        ValueError: it is not as Slack sends it.
    """
    values: dict[str, str] = {}
    files: list[Mapping[str, Any]] = []
    for block, element in _elements(view):
        given = element.get("files") or []
        if not isinstance(given, list) or not all(isinstance(file, Mapping) for file in given):
            raise ValueError("the files of a form are none")
        files += given
        chosen = element.get("selected_option") or {}
        if not isinstance(chosen, Mapping):
            raise ValueError("an option of a form is none")  # noqa: TRY004 - odd, as the rest
        values[block] = events.text(element.get("value") or chosen.get("value")).strip()
    return values, files


def _elements(view: Mapping[str, Any]) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """Every element of a form with the id of its block."""
    state = view.get("state") or {}
    blocks = (state.get("values") or {}) if isinstance(state, Mapping) else None
    if not isinstance(blocks, Mapping):
        raise ValueError("the state of a form is none")  # noqa: TRY004 - odd, as the rest
    for block, elements in blocks.items():
        if not isinstance(elements, Mapping):
            raise ValueError("a block of a form is none")  # noqa: TRY004 - odd, as the rest
        for element in elements.values():
            if not isinstance(element, Mapping):
                raise ValueError("an element of a form is none")  # noqa: TRY004 - odd, as the rest
            yield str(block), element


def _inline(error: InvalidInputError) -> str:
    """Error, reason and advice beside a field, which shows no markup and no buttons."""
    parts = [sentence(part) for part in (error.what, error.why, error.advice)]
    if error.advice.endswith("?"):  # the suggestions are its answers
        words = (typed(each).split(maxsplit=1)[-1] for each in error.suggestions)
        parts.append(sentence(", ".join(words)))
    return " ".join(part for part in parts if part).replace("`", "")
