"""Who may spend or delete: people named in the settings, and members of named user groups."""

from __future__ import annotations

import logging
import time
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial

from slack_sdk import WebClient

from handlers.blocks.elements import Marked, mention
from handlers.posting import NotWritableError, mapped
from services.catalog.cached import Cached
from services.errors import ServiceError, ServiceRefusedError

log = logging.getLogger(__name__)

REMEMBERED = 300.0  # real seconds
ASK_AGAIN = 30.0  # real seconds after a failure
WAIT = 2.0  # real seconds; whoever is named is known without asking
IMPATIENT = 20.0  # real seconds after Slack was too slow, in which it is not waited for again
SCOPE = "usergroups:read"

UNKNOWN = "Slack does not tell who is in the operators' group: {error}"
SLOW = "Slack takes too long to tell who is in the operators' group. Please try again in a minute."
NO_SCOPE = (
    "The bot cannot see who is in the operators' group: the Slack app lacks {scope}. "
    "An admin can add it and reinstall the app."
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """Whether a person may; `reason` says what is wrong where nobody can tell."""

    allowed: bool
    reason: str = ""


class _UnclearError(Exception):
    """Slack does not tell of all groups."""

    def __init__(self, members: frozenset[str], problem: str) -> None:
        super().__init__(problem)
        self.members = members
        self.problem = problem


class Operators:
    """Fails closed: an unknown group gives nobody rights.

    Args:
        ids: Slack ids of users (U…, W…) and user groups (S…).
        client: of the bot.
        wait: real seconds for what Slack knows of groups.
    """

    def __init__(self, ids: Sequence[str], client: WebClient, wait: float = WAIT) -> None:
        self._people = frozenset(each for each in ids if not each.startswith("S"))
        self._groups = tuple(each for each in ids if each.startswith("S"))
        self._order = tuple(dict.fromkeys(ids))
        self._client = client
        self._wait = wait
        self._patient = 0.0  # monotonic; until then Slack's silence is not waited for again
        self._known = Cached(self._ask, seconds=REMEMBERED, again=ASK_AGAIN)

    def judge(self, user: str) -> Verdict:
        """Tell whether that person may spend and delete; Slack is waited for briefly."""
        if user in self._people:
            return Verdict(allowed=True)
        if not self._groups:
            return Verdict(allowed=False)
        try:
            members = self._known.within(self._seconds())
        except _UnclearError as error:
            return Verdict(allowed=user in error.members, reason=error.problem)
        except TimeoutError:
            self._patient = time.monotonic() + IMPATIENT
            return Verdict(allowed=False, reason=SLOW)
        return Verdict(allowed=user in members)

    def _seconds(self) -> float:
        return self._wait if time.monotonic() >= self._patient else 0.0

    def mentions(self) -> str:
        """Whom to ask, as mentions; "" when nobody is an operator."""
        return Marked(", ").join(map(mention, self._order))

    def _ask(self) -> frozenset[str]:
        """Everybody in the groups.

        Raises:
            _UnclearError: Slack does not tell of all groups.
        """
        found: set[str] = set()
        problem = ""
        for group in self._groups:
            try:
                answer = mapped(partial(self._client.usergroups_users_list, usergroup=group))
                found.update(answer.get("users") or ())
            except ServiceRefusedError as error:
                problem = _problem(error)
            except (ServiceError, NotWritableError) as error:
                problem = UNKNOWN.format(error=error)
        if problem:
            log.warning("operators: %s", problem)
            raise _UnclearError(frozenset(found), problem)
        return frozenset(found)


def _problem(error: ServiceRefusedError) -> str:
    if error.code == "missing_scope":
        return NO_SCOPE.format(scope=SCOPE)
    return UNKNOWN.format(error=error)
