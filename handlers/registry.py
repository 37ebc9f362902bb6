"""Every command there is, found by looking into `handlers.commands`."""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Mapping
from dataclasses import dataclass

from rapidfuzz import fuzz, process

from handlers import commands
from handlers.command import Action, Command

NEAREST = 3
ALIKE = 70
MENU = "menu"


@dataclass(frozen=True, slots=True, kw_only=True)
class Registry:
    """Commands by verb and by module (`import` lives in `import_model`)."""

    by_verb: Mapping[str, Command]
    by_module: Mapping[str, Command]
    shortcuts: Mapping[str, tuple[Command, Action]]

    @property
    def commands(self) -> tuple[Command, ...]:
        return tuple(sorted(self.by_verb.values(), key=lambda one: (one.rank, one.name)))

    def recognising(self, text: str) -> Command | None:
        """The command that a text without a verb is for, None when none claims it."""
        claims = (one for one in self.commands if one.recognises and one.recognises(text))
        return next(claims, None)

    def nearest(self, verb: str, rest: str) -> tuple[str, ...]:
        """Commands somebody may have meant, as texts that can be said."""
        known = [command.name for command in self.commands if not command.hidden]
        found = process.extract(verb, known, scorer=fuzz.WRatio, score_cutoff=ALIKE, limit=NEAREST)
        near = [f"{name} {rest}".strip() for name, *_ in found]
        if near:
            return (*near, "help")
        words = f"{verb} {rest}".strip()
        return (f"search {words}", "help")


def discover() -> Registry:
    """Import every module in `handlers.commands`; each declares one COMMAND.

    Raises:
        RuntimeError: two modules claim the same verb or shortcut.
    """
    verbs: dict[str, Command] = {}
    names: dict[str, Command] = {}
    shortcuts: dict[str, tuple[Command, Action]] = {}
    for info in pkgutil.iter_modules(commands.__path__):
        found = importlib.import_module(f"{commands.__name__}.{info.name}")
        command: Command = found.COMMAND
        if command.name in verbs or shortcuts.keys() & command.shortcuts.keys():
            raise RuntimeError(f"two modules declare {command.name} or its shortcuts")
        verbs[command.name] = names[info.name] = command
        shortcuts |= {callback: (command, one) for callback, one in command.shortcuts.items()}
    return Registry(by_verb=verbs, by_module=names, shortcuts=shortcuts)
