"""Every command there is, found by looking into `handlers.commands`."""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from rapidfuzz import fuzz, process

from handlers import commands
from handlers.command import Action, Call, Command, Effect, May, OperationView, PlanView, Reply
from services.models import Plan

NEAREST = 3
ALIKE = 70
MENU = "menu"


@dataclass(frozen=True, slots=True, kw_only=True)
class Registry:
    """Commands by verb and by module (`import` lives in `import_model`), kinds by their name."""

    by_verb: Mapping[str, Command]
    by_module: Mapping[str, Command]
    shortcuts: Mapping[str, tuple[Command, Action]]
    views: Mapping[str, OperationView[Any, Any]]

    @property
    def commands(self) -> tuple[Command, ...]:
        """Every command, in the order of lists."""
        return tuple(sorted(self.by_verb.values(), key=lambda each: (each.rank, each.name)))

    def recognising(self, text: str) -> Command | None:
        """The command that a text without a verb is for, None when none claims it."""
        for command in self.commands:
            if command.recognises and command.recognises(text):
                return command
        return None

    def plan_view(self, plan: Plan) -> PlanView[Any]:
        """Return how a stored plan is shown.

        Raises:
            LookupError: plans of its kind are not shown.
        """
        view = self.views[plan.kind].plan
        if view is None:
            raise LookupError(f"{plan.kind} has no plans")
        return view

    def nearest(self, verb: str, rest: str) -> tuple[str, ...]:
        """Commands somebody may have meant, each once, as texts that can be said.

        One that ends or changes something at once is offered without what it is about: a slip of
        the keyboard is no order, and a click must not be the end of somebody's work.
        """
        known = [command.name for command in self.commands if not command.hidden]
        found = process.extract(verb, known, scorer=fuzz.WRatio, score_cutoff=ALIKE, limit=NEAREST)
        near = [name if self.by_verb[name].acts else f"{name} {rest}".strip() for name, *_ in found]
        if near:
            return tuple(dict.fromkeys((*near, "help")))
        words = f"{verb} {rest}".strip()
        return (f"search {words}", "help")


def discover(more: Mapping[str, Command] | None = None) -> Registry:
    """Import every module in `handlers.commands`; each declares one COMMAND.

    Args:
        more: further commands by the name of their module.

    Raises:
        RuntimeError: two claim the same verb, shortcut or kind, or one would spend without a plan
            or for everybody.
    """
    found = {
        info.name: importlib.import_module(f"{commands.__name__}.{info.name}").COMMAND
        for info in pkgutil.iter_modules(commands.__path__)
    }
    verbs: dict[str, Command] = {}
    modules: dict[str, Command] = {}
    shortcuts: dict[str, tuple[Command, Action]] = {}
    views: dict[str, OperationView[Any, Any]] = {}
    for module, declared in {**found, **(more or {})}.items():
        command = _with_retry(_checked(declared))
        kind = command.view.kind.name if command.view else ""
        if command.name in verbs or kind in views or shortcuts.keys() & command.shortcuts.keys():
            raise RuntimeError(f"{module} declares a verb, shortcut or kind that is taken")
        verbs[command.name] = modules[module] = command
        shortcuts |= {name: (command, action) for name, action in command.shortcuts.items()}
        if command.view:
            views[kind] = command.view
    return Registry(by_verb=verbs, by_module=modules, shortcuts=shortcuts, views=views)


def _checked(command: Command) -> Command:
    """Fail where a command spends or deletes and could do so without a plan, or for everybody."""
    actions = (command.actions, command.words, command.shortcuts)
    rules = (command, *(action for each in actions for action in each.values()))
    spends = any(rule.effect is not Effect.READ for rule in rules)
    if spends and (command.may is not May.OPERATOR or not (command.view and command.view.plan)):
        raise RuntimeError(f"{command.name} spends: it needs a plan that only operators may run")
    return command


def _with_retry(command: Command) -> Command:
    """With the action that plans an operation again, where it has plans and no such action."""
    view = command.view
    if view is None or view.plan is None or "retry" in command.actions:
        return command
    retry = Action(run=_retry, effect=command.effect, may=command.may)
    return replace(command, actions={**command.actions, "retry": retry})


def _retry(call: Call) -> Reply:
    operation = call.services.operations.whole(call.value, call.reader)
    planned = call.views[operation.kind].plan
    if planned is None:
        raise RuntimeError(f"{operation.id} is of a kind without plans")
    if planned.anew is not None:
        return Reply(plan=planned.anew(call.services, operation))
    return Reply(plan=planned.reconsider(call.services, operation.plan))
