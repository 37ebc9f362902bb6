"""Answer submitted forms; what is wrong with a field is said beside it, if it is known in time."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import partial
from typing import Any

from handlers.answers import recalled
from handlers.blocks.error import sentence
from handlers.command import Call, Command, Origin, Reply, Rule
from handlers.edge import Edge, values_of
from handlers.inbox import InboxEntry
from handlers.parsing import plain, refuse_tokens, typed
from handlers.uploads import pictures_of
from services.errors import InvalidInputError

CALLBACK = re.compile(r"aml\.(?P<module>\w+)(?:\.(?P<name>\w+))?")


class Forms:
    """Brings each form to the command or action that opened it.

    Args:
        edge: who may, and where answers go.
    """

    def __init__(self, edge: Edge) -> None:
        self._edge = edge
        self._answers = edge.answers

    def fill(self, acknowledge: Callable[..., bool], kept: InboxEntry) -> None:
        """Answer a form that is in the inbox.

        Args:
            acknowledge: true when Slack sees the response, so that errors stand beside fields.
            kept: the form as `Listeners.submitted` keeps it.
        """
        view = kept["view"]
        origin, state = recalled(str(view.get("private_metadata") or ""), kept["user"])
        origin = replace(origin, once=f"form:{view['id']}" if view.get("id") else "")
        match = CALLBACK.fullmatch(str(view["callback_id"]))
        command = self._edge.registry.by_module.get(match["module"]) if match else None
        if match is None or command is None:
            return
        action = command.actions.get(match["name"] or "")
        rule: Rule = command if action is None else action
        submit = command.submit if action is None else action.submit
        if submit is not None:
            work = partial(self._submit, acknowledge, origin, command, rule, submit, view, state)
            self._answers.guarded(origin, work)

    def _submit(  # noqa: PLR0913, PLR0917 - a form, and who answers it how
        self,
        acknowledge: Callable[..., bool],
        origin: Origin,
        command: Command,
        rule: Rule,
        submit: Callable[[Call], Reply],
        view: Mapping[str, Any],
        state: str,
    ) -> None:
        values, files = values_of(view)
        cleaned = {name: plain(value) for name, value in values.items()}
        placed = self._answers.placed(origin)
        call = replace(
            self._edge.call(placed, value=state),
            values=cleaned,
            pictures=pictures_of(files),
        )
        try:
            for name, value in cleaned.items():
                refuse_tokens(value, name)
            reply = self._edge.permissions.run(rule, call, submit)
        except InvalidInputError as error:
            field = error.field if error.field in _fields(view) else ""
            if not field or not acknowledge(
                response_action="errors", errors={field: _inline(error)}
            ):
                raise
            return
        acknowledge()
        self._edge.answer(placed, command, reply)


def _fields(view: Mapping[str, Any]) -> set[str]:
    return {str(block.get("block_id")) for block in view.get("blocks") or ()}


def _inline(error: InvalidInputError) -> str:
    """Error, reason and advice beside a field, which shows no markup and no buttons."""
    parts = [sentence(part) for part in (error.what, error.why, error.advice)]
    if error.advice.endswith("?"):  # the suggestions are its answers
        words = (typed(each).split(maxsplit=1)[-1] for each in error.suggestions)
        parts.append(sentence(", ".join(words)))
    return " ".join(part for part in parts if part).replace("`", "")
