"""What a command is: data and functions from a call to a reply. Handlers return, the edge posts."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from services.catalog import Catalog
from services.classification import Classification
from services.deployments import Deployments
from services.imports import Imports
from services.models import Asked, DeployPlan, ImportPlan, Picture
from services.operations import Operations
from services.refresh import Refresh

Block = dict[str, Any]
View = dict[str, Any]

ROOT = "/aml"


class Effect(StrEnum):
    """What running a command may do; decides who may, and whether a plan is shown first."""

    READ = "read"
    SPEND = "spend"
    DELETE = "delete"


@dataclass(frozen=True, slots=True, kw_only=True)
class Services:
    """Everything a command may ask for; `bot.app` fills it."""

    catalog: Catalog
    deployments: Deployments
    imports: Imports
    classification: Classification
    operations: Operations
    refresh: Refresh


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """One use of a command by one person: typed, clicked or submitted.

    `text` is what was typed after the verb with its options taken out. `value` is what a clicked
    element carries, `values` the fields of a submitted form (block id to value), `pictures` files
    that came along. `operator` tells whether the person may spend or delete. `surface` is
    "command", "mention", "direct", "action", "view" or "shortcut". `once` names the message or
    form, so that the same one delivered again starts nothing twice. `by` is who clicked Run, where
    `asked` is who wanted the plan.
    """

    asked: Asked
    services: Services
    operator: bool
    surface: str = "command"
    text: str = ""
    options: Mapping[str, str] = field(default_factory=dict)
    value: str = ""
    values: Mapping[str, Any] = field(default_factory=dict)
    pictures: tuple[Picture, ...] = ()
    commands: tuple[Command, ...] = ()
    now: float = 0.0
    once: str = ""
    by: str = ""

    @property
    def user(self) -> str:
        return self.asked.user


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply:
    """What the edge should say.

    `text` is always meaningful on its own (phones, screen readers). `public` shows it to the whole
    channel; `replace` edits the message that was clicked; `view` opens a modal (needs a fresh
    trigger); `operation` is the one that was started, whose message may have to go elsewhere, and
    `follows` tells that somebody else started it before;
    `plan` stores the plan and shows it with Run, or with Ask an operator; `silent` says
    nothing because the operation's own message will speak.

    `later` gives what takes this answer's place once it is known: it runs after this answer was
    said, and an empty reply leaves all as it is. Without a text of its own, `later` is the answer.
    Slack cannot edit the answer to a slash command or a form (their response URL always posts
    anew); there the late reply's `addition` is said instead: what is new in it, on its own.
    """

    text: str = ""
    blocks: Sequence[Block] | None = None
    public: bool = False
    replace: bool = False
    view: View | None = None
    plan: DeployPlan | ImportPlan | None = None
    asked: Asked | None = None  # for whom the plan is, where somebody else's click made it
    operation: str = ""
    follows: bool = False
    silent: bool = False
    later: Callable[[], Reply] | None = None
    addition: Reply | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Option:
    """A key that a command declares (`task:`). `values` are examples or all allowed values.

    `excludes` tells that `-task:` means all but these.
    """

    name: str
    summary: str
    values: tuple[str, ...] = ()
    excludes: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Action:
    """A click or a selection, `aml.<module>.<name>`; `opens` when it answers with a modal.

    As with commands, one that spends or deletes returns a plan and changes nothing.
    """

    run: Callable[[Call], Reply]
    effect: Effect = Effect.READ
    opens: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Command:
    """The declaration every module in `handlers.commands` exports as COMMAND.

    Attributes:
        name: the verb.
        usage: `deploy <model> [on:<size>]`, without `/aml`.
        summary: one line for help and README.
        run: answers the typed command. For SPEND and DELETE it returns a Reply with a plan and
            changes nothing.
        example: a text that works in the sandbox, without `/aml`.
        details: lines of mrkdwn that its own help shows besides.
        execute: carries out a stored plan once Run was clicked by somebody who may.
        form: the modal shown when arguments are missing (or from a menu).
        submit: answers the form; raise InvalidInputError(field=block id) for an inline error.
        actions: the clicks this module handles, by their last word.
        shortcuts: message shortcuts by callback id.
        pictures: True when it works on pictures: those of the thread are looked up when none
            came along.
        recognises: whether a text without a verb is for this command, by its looks alone (a link
            that somebody pasted).
        rank: where it stands in lists, smallest first.
        hidden: True for a command that help does not list.
    """

    name: str
    usage: str
    summary: str
    run: Callable[[Call], Reply]
    example: str = ""
    details: tuple[str, ...] = ()
    options: tuple[Option, ...] = ()
    effect: Effect = Effect.READ
    execute: Callable[[Call, DeployPlan | ImportPlan], Reply] | None = None
    form: Callable[[Call], View] | None = None
    submit: Callable[[Call], Reply] | None = None
    actions: Mapping[str, Action] = field(default_factory=dict)
    shortcuts: Mapping[str, Action] = field(default_factory=dict)
    pictures: bool = False
    recognises: Callable[[str], bool] | None = None
    rank: int = 50
    hidden: bool = False
