"""Who may spend or delete: people named in the settings, and members of named user groups."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass

from slack_sdk import WebClient

from handlers.blocks.elements import Marked, mention
from handlers.posting import NotWritableError, mapped
from services.errors import ServiceError, ServiceRefusedError

log = logging.getLogger(__name__)

REMEMBERED = 300.0  # real seconds
ASK_AGAIN = 30.0  # real seconds after a failure
SCOPE = "usergroups:read"

UNKNOWN = "Slack does not tell who is in the operators' group: {error}"
NO_SCOPE = (
    "The bot cannot see who is in the operators' group: the Slack app lacks {scope}. "
    "An admin can add it and reinstall the app."
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """Whether a person may; `reason` says what is wrong where nobody can tell."""

    allowed: bool
    reason: str = ""


class Operators:
    """Fails closed: an unknown group gives nobody rights.

    Args:
        ids: Slack ids of users (U…, W…) and user groups (S…).
        client: of the bot.
    """

    def __init__(self, ids: Sequence[str], client: WebClient) -> None:
        self._people = frozenset(each for each in ids if not each.startswith("S"))
        self._groups = tuple(each for each in ids if each.startswith("S"))
        self._order = tuple(dict.fromkeys(ids))
        self._client = client
        self._lock = threading.Lock()
        self._members: frozenset[str] = frozenset()
        self._problem = ""
        self._until = 0.0

    def judge(self, user: str) -> Verdict:
        """Tell whether that person may spend and delete."""
        if user in self._people:
            return Verdict(allowed=True)
        if not self._groups:
            return Verdict(allowed=False)
        with self._lock:
            if time.monotonic() >= self._until:
                self._ask()
            return Verdict(allowed=user in self._members, reason=self._problem)

    def mentions(self) -> str:
        """Whom to ask, as mentions; "" when nobody is an operator."""
        return Marked(", ").join(map(mention, self._order))

    def _ask(self) -> None:
        found: set[str] = set()
        problem = ""
        for group in self._groups:
            try:
                answer = mapped(
                    lambda: self._client.usergroups_users_list(usergroup=group)  # noqa: B023 - called at once
                )
                found.update(answer.get("users") or ())
            except ServiceRefusedError as error:
                problem = _problem(error)
            except (ServiceError, NotWritableError) as error:
                problem = UNKNOWN.format(error=error)
        if problem:
            log.warning("operators: %s", problem)
        self._members, self._problem = frozenset(found), problem
        self._until = time.monotonic() + (ASK_AGAIN if problem else REMEMBERED)


def _problem(error: ServiceRefusedError) -> str:
    if error.code == "missing_scope":
        return NO_SCOPE.format(scope=SCOPE)
    return UNKNOWN.format(error=error)
