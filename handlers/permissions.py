"""Who may do what: every rule of a command, click, form and shortcut is enforced here."""

from __future__ import annotations

import logging
from collections.abc import Callable

from handlers.blocks.elements import mention
from handlers.command import Call, Effect, May, Reply, Rule
from handlers.operators import Operators
from services.errors import ErrorText, NotAllowedError

log = logging.getLogger(__name__)

ONLY_OPERATORS = ErrorText(
    code="OnlyOperators",
    what="Only operators may run this",
    why="{reason}",
    advice="Operators are {operators}.",
)
NO_OPERATORS = ErrorText(
    code="NobodyMay",
    what="Only operators may run this",
    why="{reason}",
    advice="Nobody is an operator yet: whoever runs the bot can name some in AML_BOT_OPERATORS.",
)
NOT_YOURS = ErrorText(
    code="NotYours",
    what="{name} is somebody else's.",
    why="Everybody may do this with what is their own; operators may with all.",
    advice="Ask {owner} or an operator.",
)
NOT_YOURS_PRIVATE = ErrorText(
    code="NotYoursPrivate",
    what="{name} is somebody else's, asked for in a private place.",
    advice="Ask an operator.",
)
ONLY_SELF = ErrorText(
    code="OnlySelf",
    what="Only whoever asked for {name} can do this.",
    why="It works on what they have sent to me.",
    advice="Ask me for the same with something of your own.",
)


class Permissions:
    """Enforces rules; fails closed.

    Args:
        operators: who may spend and delete.
    """

    def __init__(self, operators: Operators) -> None:
        self._operators = operators

    def run(self, rule: Rule, call: Call, work: Callable[[Call], Reply]) -> Reply:
        """Do what somebody typed, clicked or submitted, if they may; the one place that decides.

        Args:
            rule: of the command, click, form or shortcut.
            call: whose it is, and what about.
            work: answers the call.

        Raises:
            NotAllowedError: they may not; says whom to ask.
            RuntimeError: it spends or deletes, and its answer is no plan.
        """
        plans = rule.effect is not Effect.READ
        if not plans:
            self.permit(rule, call)
        reply = work(call)
        if plans and reply.plan is None and reply.view is None:
            raise RuntimeError("what spends or deletes must answer with a plan")
        return reply

    def permit(self, rule: Rule, call: Call) -> None:
        """Fail unless the person may.

        Raises:
            NotAllowedError: they may not; says whom to ask.
        """
        if rule.may is May.ANYONE:
            return
        try:
            self._judge(rule, call)
        except NotAllowedError as error:
            where = call.asked.channel or "App Home"
            log.info("refuse: %s in %s: %s: %s", call.user, where, call.value or call.text, error)
            raise

    def _judge(self, rule: Rule, call: Call) -> None:
        owned = rule.owner(call) if rule.owner is not None and rule.may is May.SELF else None
        if rule.may is May.SELF and owned is not None:
            if owned.user != call.user:
                raise NotAllowedError(ONLY_SELF, name=owned.name)
            return
        verdict = self._operators.judge(call.user)
        if verdict.allowed:
            return
        if rule.may is May.OWNER and rule.owner is not None:
            owned = rule.owner(call)
            if owned is None or owned.user == call.user:
                return
            if owned.private:
                raise NotAllowedError(NOT_YOURS_PRIVATE, code=NOT_YOURS.code, name=owned.name)
            raise NotAllowedError(NOT_YOURS, name=owned.name, owner=mention(owned.user))
        whom = self._operators.mentions()
        text = ONLY_OPERATORS if whom else NO_OPERATORS
        raise NotAllowedError(text, reason=verdict.reason, operators=whom)
