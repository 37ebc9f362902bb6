"""What a command is: data and functions from a call to a reply. Handlers return, the edge posts."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, Generic, TypeVar

from services.catalog import Catalog
from services.classification import Classification
from services.deployments import Deployments
from services.errors import Suggestion
from services.imports import Imports
from services.kinds import OperationKind
from services.models import (
    Asked,
    Operation,
    OperationPlan,
    OperationResult,
    Picture,
    Plan,
    Reader,
    Started,
)
from services.operations import Operations
from services.refresh import Refresh

Block = dict[str, Any]
View = dict[str, Any]
P = TypeVar("P", bound=OperationPlan)
R = TypeVar("R", bound=OperationResult)

ROOT = "/aml"


class Effect(StrEnum):
    """What a command or click leads to. What spends or deletes answers with a plan first."""

    READ = "read"
    SPEND = "spend"
    DELETE = "delete"


class May(StrEnum):
    """Who may: everybody, the person whose it is and operators, that person, or operators alone."""

    ANYONE = "anyone"
    OWNER = "owner"
    SELF = "self"
    OPERATOR = "operator"


@dataclass(frozen=True, slots=True, kw_only=True)
class Owned:
    """Something of somebody's: its name, and the Slack user whose it is.

    `private` tells that others must not learn who that is.
    """

    name: str
    user: str
    private: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """Who may what: part of every command, click, form and shortcut.

    `handlers.permissions` enforces it.

    Attributes:
        may: who may do it. Where the effect is to spend or delete, everybody may have it planned,
            and this says who may run the plan.
        effect: what it leads to.
        owner: whose the thing is that a call is about, for `May.OWNER` and `May.SELF`; None where
            it is about nothing in particular. May raise what a command raises.
    """

    may: May = May.ANYONE
    effect: Effect = Effect.READ
    owner: Callable[[Call], Owned | None] | None = None

    @property
    def acts(self) -> bool:
        """Whether it changes something at once, without a plan that is looked at first."""
        return self.effect is Effect.READ and self.may is not May.ANYONE


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
class Origin:
    """Where a request came from and how it can be answered.

    `asked.channel` is "" where there is no channel (App Home): the answer goes to a direct
    message. `open` tells that everybody there can read what was clicked, as in a direct message
    with the bot. `threaded` tells that it was said in a thread that was there before. `once` names
    the message or form: the same for every delivery, "" where Slack delivers only once. `message`
    is the timestamp of the message that was clicked, if one was. `called` is what Slack calls the
    channel there, "" where it does not say.
    """

    asked: Asked
    surface: str
    url: str | None = None
    trigger: str | None = None
    open: bool = False
    threaded: bool = False
    once: str = ""
    message: str = ""
    called: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """One use of a command by one person: typed, clicked or submitted.

    `text` is what was typed after the verb with its options taken out. `value` is what a clicked
    element carries, `values` the fields of a submitted form (block id to value), `pictures` files
    that came along. `operator` tells whether the person is one, for what they are shown; who may
    what is decided by the edge. `surface` is "command", "mention", "direct", "action", "view" or
    "shortcut". `once` names the message or form, so that the same one delivered again starts
    nothing twice. `by` is who clicked Run, where `asked` is who wanted the plan. `views` shows
    operations by their kind.
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
    views: Mapping[str, OperationView[Any, Any]] = field(default_factory=dict)
    now: float = 0.0
    once: str = ""
    by: str = ""

    @property
    def user(self) -> str:
        return self.asked.user

    @property
    def reader(self) -> Reader:
        """Who reads the answer; a mention's is read by everybody there."""
        return Reader(
            user=self.asked.user,
            channel=self.asked.channel,
            operator=self.operator,
            aloud=self.surface == "mention",
        )


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
    plan: OperationPlan | None = None
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
class Change:
    """What differs between two plans of the same thing, in words."""

    title: str
    before: str
    after: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Caution:
    """A question that Run asks once more: its title, its text, and the two answers; plain."""

    title: str
    text: str
    yes: str
    no: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanView(Generic[P]):
    """How plans of a kind are shown, checked again and run.

    Attributes:
        sentence: the plan in one sentence, as a question.
        body: its card, without the buttons.
        changes: what a person must know before saying yes again; rows that are the same are left
            out by whoever shows them.
        again: the command that makes the same plan anew.
        reconsider: the plan as the world is now.
        anew: the plan to try an ended operation again, where that is another than `reconsider`'s.
        start: begins the operation, or follows the one that does the same.
        already: says that it is done already, in a few words (`clip is deployed already`).
        says: what a screen reader reads for Run.
        caution: what Run asks once more, None where it does not.
        ways: buttons that mend what stands in the way or is worth a look.
        askable: whether an operator can help where something stands in the way.
        word_of: on whose word as an operator the plan rests, besides that of whoever clicks Run;
            "" for nobody's.
    """

    sentence: Callable[[P], str]
    body: Callable[[P], list[Block]]
    changes: Callable[[P, P], Sequence[Change]]
    again: Callable[[P], Suggestion]
    reconsider: Callable[[Services, P], P]
    start: Callable[[Call, P], Started]
    already: Callable[[P], str]
    says: Callable[[P], str]
    caution: Callable[[P], Caution | None] = lambda _: None
    ways: Callable[[Plan, P, bool], list[Block]] = lambda _plan, _content, _operator: []
    askable: Callable[[P], bool] = lambda _: True
    anew: Callable[[Services, Operation], P] | None = None
    word_of: Callable[[P], str] = lambda _: ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """What the head of an operation's message says: short parts in a row, and lines of their own.

    Both are mrkdwn.
    """

    parts: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What an operation's message says once it has succeeded.

    Attributes:
        text: the result in a sentence, plain.
        lines: what follows it, plain; a step that says the same is shown without it.
        hints: lines of mrkdwn after that.
        buttons: the next things to do.
        footnote: a line of mrkdwn for the news in its thread.
    """

    text: str
    lines: tuple[str, ...] = ()
    hints: tuple[str, ...] = ()
    buttons: tuple[Block, ...] = ()
    footnote: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class OperationView(Generic[P, R]):
    """Everything that the Slack side knows of a kind of operation; one field of its command.

    Attributes:
        kind: what it shows.
        outcome: what is said at the end.
        facts: for the head of its message.
        retry: the id of the action that does it again.
        done: the word for having succeeded.
        plan: how its plans are shown; None for a kind that starts without one.
        instead: the whole message where it is not the usual one; None where it is.
        brief: whether its message has neither header nor steps, and its end is not told again.
    """

    kind: OperationKind[P, R]
    outcome: Callable[[R], Outcome]
    facts: Callable[[Operation, P], Facts]
    retry: str
    done: str = "Done"
    plan: PlanView[P] | None = None
    instead: Callable[[Operation], tuple[str, list[Block]] | None] = lambda _: None
    brief: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Action(Rule):
    """A click or a selection, `aml.<module>.<name>`; `opens` when it answers with a modal.

    As with commands, one that spends or deletes returns a plan and changes nothing. `submit`
    answers the form that it opens, where that is not the command's own: the form's callback id is
    that of the action, and the same people may submit it.
    """

    run: Callable[[Call], Reply]
    opens: bool = False
    submit: Callable[[Call], Reply] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Command(Rule):
    """The declaration every module in `handlers.commands` exports as COMMAND.

    Attributes:
        name: the verb.
        usage: `deploy <model> [on:<size>]`, without `/aml`.
        summary: one line for help and README.
        run: answers the typed command. Where the effect is to spend or delete, it returns a Reply
            with a plan and changes nothing.
        example: a text that works in the sandbox, without `/aml`.
        details: lines of mrkdwn that its own help shows besides.
        view: shows the kind of operation that it starts, if it starts one.
        words: single words after the verb that mean something else (`search refresh`).
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
        quick: True when it answers from what the bot has itself, or waits but briefly for others:
            it is answered even while other requests of the same person wait for Azure.
        quick_for: the words after the verb with which it is quick, where it is not always.
    """

    name: str
    usage: str
    summary: str
    run: Callable[[Call], Reply]
    example: str = ""
    details: tuple[str, ...] = ()
    options: tuple[Option, ...] = ()
    view: OperationView[Any, Any] | None = None
    words: Mapping[str, Action] = field(default_factory=dict)
    form: Callable[[Call], View] | None = None
    submit: Callable[[Call], Reply] | None = None
    actions: Mapping[str, Action] = field(default_factory=dict)
    shortcuts: Mapping[str, Action] = field(default_factory=dict)
    pictures: bool = False
    recognises: Callable[[str], bool] | None = None
    rank: int = 50
    hidden: bool = False
    quick: bool = False
    quick_for: Callable[[str], bool] = lambda _: False
