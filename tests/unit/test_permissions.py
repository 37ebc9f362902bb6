"""Who may what: everything that can be typed, clicked or submitted, as each kind of person."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from functools import partial
from typing import Any, cast

import pytest
from slack_bolt import Ack
from slack_bolt.context import BoltContext

from handlers.acknowledgement import Acknowledgements
from handlers.answers import Answers
from handlers.command import Action, Call, Command, Effect, May, Reply, Rule
from handlers.dispatch import Listeners
from handlers.edge import Edge
from handlers.home import Home
from handlers.operators import Operators
from handlers.plans import Plans
from handlers.reception import Reception
from handlers.registry import Registry, discover
from handlers.timetable import Timetable
from handlers.turns import Turns
from services.clock import Clock
from services.errors import NotAllowedError
from services.models import Asked
from tests.unit.fakes import DEPLOY_PLAN, Desk, operation
from tests.unit.slack import MemorySlack
from tests.unit.threads import AtOnce


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """Somebody who acts in a channel."""

    who: str
    user: str
    channel: str = "C1"


OPERATOR = Person(who="operator", user="U1")
OWNER = Person(who="owner", user="U2")
OTHER = Person(who="other", user="U3")
STRANGER = Person(who="stranger", user="U4", channel="C9")
PEOPLE = (OPERATOR, OWNER, OTHER, STRANGER)

EVERYBODY = frozenset(PEOPLE)
OWN = frozenset({OPERATOR, OWNER})
ONLY_OWN = frozenset({OWNER})
OPERATORS = frozenset({OPERATOR})
# What the product promises. Whoever adds a command, a click, a form or a shortcut says here who
# may use it; where it spends or deletes, everybody sees the plan, and this is who may run it.
MAY: Mapping[str, frozenset[Person]] = {
    "typed cancel": OWN,
    "typed card": EVERYBODY,
    "typed classify": EVERYBODY,
    "typed deploy": OPERATORS,
    "typed help": EVERYBODY,
    "typed import": OPERATORS,
    "typed list": EVERYBODY,
    "typed menu": EVERYBODY,
    "typed search": EVERYBODY,
    "typed search refresh": OPERATORS,
    "typed status": EVERYBODY,
    "click cancel.stop": OWN,
    "click card.about": EVERYBODY,
    "click card.compare": EVERYBODY,
    "click card.open": EVERYBODY,
    "click card.share": EVERYBODY,
    "click card.together": EVERYBODY,
    "click classify.form": EVERYBODY,
    "click classify.retry": ONLY_OWN,
    "click deploy.form": EVERYBODY,
    "click deploy.model": OPERATORS,
    "click deploy.retry": OPERATORS,
    "click import_model.allow": OPERATORS,
    "click import_model.form": EVERYBODY,
    "click import_model.model": OPERATORS,
    "click import_model.retry": OPERATORS,
    "click search.form": EVERYBODY,
    "click search.next": EVERYBODY,
    "click search.previous": EVERYBODY,
    "click search.share": EVERYBODY,
    "form card": EVERYBODY,
    "form classify": EVERYBODY,
    "form deploy": OPERATORS,
    "form import_model": OPERATORS,
    "form import_model.allow": OPERATORS,
    "form search": EVERYBODY,
    "shortcut classify_image": EVERYBODY,
    "plan ask": EVERYBODY,
    "plan cancel": OWN,
    "plan run": OPERATORS,
}
REGISTRY = discover()
OPERATION = operation(asked=Asked(user=OWNER.user, channel=OWNER.channel), channel="C1")
CONTEXT = BoltContext({"bot_user_id": "UBOT"})


class House:
    """The listeners over commands that do nothing but remember that they were let in."""

    def __init__(self) -> None:
        self.let_in = 0
        self.slack, self.desk = MemorySlack(), Desk()
        self.desk.operations.all[OPERATION.id] = OPERATION
        self.desk.deployments.operation = OPERATION
        asked = Asked(user=OWNER.user, channel=OWNER.channel)
        self.plan = self.desk.operations.save_plan(DEPLOY_PLAN, "deploy", asked).id
        client, clock = self.slack.client(), Clock()
        operators = Operators((OPERATOR.user,), client)
        answers = Answers(client, lambda _: None)
        self.edge = Edge(self.desk.services, self._probed(REGISTRY), answers, operators, clock)
        self.plans = Plans(self.edge, None)
        home = Home(client, self.desk.services, clock)
        timetable = Timetable()
        reception = Reception(answers, Turns(AtOnce(), timetable), timetable)
        acks = Acknowledgements(timetable)
        self.listeners = Listeners(self.edge, self.plans, home, reception, acks, clock)

    def types(self, text: str, person: Person) -> None:
        body = {"user_id": person.user, "channel_id": person.channel, "text": text}
        self.listeners.typed(_ack(), {**body, "trigger_id": "T"}, CONTEXT)

    def clicks(self, action: str, value: str, person: Person) -> None:
        self.listeners.clicked(_ack(), _body(person), {"action_id": action, "value": value})

    def submits(self, callback: str, person: Person) -> None:
        known = {"state": OPERATION.id, "channel": person.channel}
        view = {"callback_id": callback, "private_metadata": json.dumps(known)}
        self.listeners.submitted(_ack(), _body(person), view)

    def picks(self, callback: str, person: Person) -> None:
        self.listeners.shortcut(_ack(), {**_body(person), "callback_id": callback})

    def happened(self, person: Person) -> bool:
        """Whether what the person did has an effect; a plan that it led to is run first."""
        newest = next(reversed(self.desk.operations.plans))
        if newest != self.plan:
            self.clicks("aml.plan.run", newest, person)
            return bool(self.desk.deployments.started)
        asked = self.plan in self.desk.operations.requested
        dropped = self.desk.operations.plans[self.plan].dropped_by is not None
        return bool(self.let_in or self.desk.deployments.started or asked or dropped)

    def _probed(self, registry: Registry) -> Registry:
        """The same commands with the same rules, whose functions are probes."""
        commands = {name: self._probe(each) for name, each in registry.by_module.items()}
        return replace(
            registry,
            by_module=commands,
            by_verb={command.name: command for command in commands.values()},
            shortcuts={
                callback: (command, action)
                for command in commands.values()
                for callback, action in command.shortcuts.items()
            },
        )

    def _probe(self, command: Command) -> Command:
        def all_of(actions: Mapping[str, Action]) -> dict[str, Action]:
            return {name: self._probe_action(action) for name, action in actions.items()}

        work = self._work(command)
        return replace(
            command,
            run=work,
            submit=command.submit and work,
            words=all_of(command.words),
            actions=all_of(command.actions),
            shortcuts=all_of(command.shortcuts),
        )

    def _probe_action(self, action: Action) -> Action:
        work = self._work(action)
        return replace(action, run=work, submit=action.submit and work)

    def _work(self, rule: Rule) -> Callable[[Call], Reply]:
        def work(_: Call) -> Reply:
            self.let_in += 1
            return Reply(text="done") if rule.effect is Effect.READ else Reply(plan=DEPLOY_PLAN)

        return work


def _ack() -> Ack:
    return cast(Ack, lambda **_: None)


def _body(person: Person) -> dict[str, Any]:
    return {"user": {"id": person.user}, "channel": {"id": person.channel}, "trigger_id": "T"}


Way = Callable[[House, Person], None]


def ways_in(registry: Registry) -> dict[str, Way]:
    """Everything that a person can do to the bot, by a name for it, as Slack tells of it."""
    ways: dict[str, Way] = {
        f"plan {name}": partial(_click_plan, name) for name in ("run", *House().plans.rules)
    }
    for module, command in registry.by_module.items():
        ways[f"typed {command.name}"] = partial(_type, f"{command.name} {OPERATION.id}")
        for word in command.words:
            ways[f"typed {command.name} {word}"] = partial(_type, f"{command.name} {word}")
        if command.submit:
            ways[f"form {module}"] = partial(_submit, f"aml.{module}")
        for name, action in command.actions.items():
            ways[f"click {module}.{name}"] = partial(_click, f"aml.{module}.{name}")
            if action.submit:
                ways[f"form {module}.{name}"] = partial(_submit, f"aml.{module}.{name}")
        for callback in command.shortcuts:
            ways[f"shortcut {callback}"] = partial(_pick, callback)
    return ways


def _click_plan(name: str, house: House, person: Person) -> None:
    house.clicks(f"aml.plan.{name}", house.plan, person)


def _type(text: str, house: House, person: Person) -> None:
    house.types(text, person)


def _click(action: str, house: House, person: Person) -> None:
    house.clicks(action, OPERATION.id, person)


def _submit(callback: str, house: House, person: Person) -> None:
    house.submits(callback, person)


def _pick(callback: str, house: House, person: Person) -> None:
    house.picks(callback, person)


WAYS = ways_in(REGISTRY)


def test_whoever_adds_something_says_who_may_use_it() -> None:
    assert set(MAY) == set(WAYS)


@pytest.mark.parametrize("person", PEOPLE, ids=lambda person: person.who)
@pytest.mark.parametrize("name", sorted(WAYS))
def test_only_who_may_does(name: str, person: Person) -> None:
    house = House()

    WAYS[name](house, person)

    assert (person in MAY[name]) is house.happened(person)


def nothing(_: Call) -> Reply:
    return Reply(text="done")


def command(**more: Any) -> Command:  # noqa: ANN401 - fields by name
    return Command(name="made-up", usage="made-up", summary="Made up.", run=nothing, **more)


@pytest.mark.parametrize("effect", [Effect.SPEND, Effect.DELETE])
def test_what_spends_without_a_plan_is_refused(effect: Effect) -> None:
    house = House()
    broken = Action(run=nothing, effect=effect, may=May.OPERATOR)

    with pytest.raises(RuntimeError, match="must answer with a plan"):
        house.edge.permissions.run(broken, house.desk.call(), broken.run)


def test_what_is_somebodys_without_saying_whose_is_for_operators() -> None:
    house = House()
    asked = Asked(user=OWNER.user, channel=OWNER.channel)

    with pytest.raises(NotAllowedError):
        house.edge.permissions.permit(Rule(may=May.OWNER), house.desk.call(asked=asked))


SPENDING = Action(run=nothing, effect=Effect.SPEND, may=May.OPERATOR)
DEPLOY = REGISTRY.by_verb["deploy"]
BROKEN = {
    "without a plan": command(effect=Effect.SPEND, may=May.OPERATOR),
    "for everybody": command(effect=Effect.SPEND, may=May.ANYONE, view=DEPLOY.view),
    "by a click": command(actions={"spend": SPENDING}),
    "by a word": command(words={"spend": SPENDING}),
    "by a shortcut": command(shortcuts={"spend": SPENDING}),
}


@pytest.mark.parametrize("how", BROKEN)
def test_a_command_that_could_spend_so_is_not_registered(how: str) -> None:
    with pytest.raises(RuntimeError, match="made-up spends"):
        discover({"made_up": BROKEN[how]})
