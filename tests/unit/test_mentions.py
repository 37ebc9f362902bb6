"""Words of others mention nobody, whatever kind of message they stand in."""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from enum import Enum
from functools import partial
from typing import Any, TypeVar

import pytest

from handlers.blocks import (
    card,
    classify,
    compare,
    endpoints,
    error,
    help as help_blocks,
    home,
    hub,
    plan,
    refreshed,
    scores,
    search,
)
from handlers.blocks.elements import (
    Marked,
    clip_marked,
    code,
    marked,
    mention,
    where,
)
from handlers.command import Block
from handlers.posting import Message
from services.catalog import Change, ChangeKind
from services.errors import InvalidInputError, NotFoundError, Suggestion, TemporaryError, UserError
from services.models import OperationState, Plan, Problem
from services.prices import load_sizes
from tests.texts import made_up
from tests.unit import fakes

T = TypeVar("T")
LIVE = re.compile(r"<[@#!][^<>]*>")
EVIL = "<!channel> <!here> <!subteam^S0OPS|x> <@U0EVIL> <#C0EVIL> &lt;@U0EVIL&gt; <https://evil.example|x>"
OURS = {"user", "by", "channel", "thread", "message", "id", "kind", "verb", "cancelled_by"}
KEPT = {"region", "size", "family", "verb", "task", "target", "operation"}


def hostile(value: T) -> T:
    """The same value with a mention in every text of it that is no id of ours."""
    return _hostile(value)  # type: ignore[no-any-return]


def _hostile(value: Any) -> Any:  # noqa: ANN401 - any value
    if isinstance(value, Enum):
        return value
    if type(value) is str:
        return f"{value} {EVIL}"
    if isinstance(value, tuple | list):
        return type(value)(map(_hostile, value))
    if not dataclasses.is_dataclass(value) or isinstance(value, type):
        return value
    changes = {
        field.name: _hostile(getattr(value, field.name))
        for field in dataclasses.fields(value)
        if field.init and field.name not in OURS | KEPT
    }
    return replace(value, **changes)


DEPLOY = Plan(
    id="plan-1",
    verb="deploy",
    kind="deploy",
    asked=fakes.ASKED,
    created=0,
    expires=1_800,
    content=hostile(fakes.DEPLOY_PLAN),
)
IMPORT = replace(DEPLOY, verb="import", kind="import", content=hostile(fakes.IMPORT_PLAN))
FAILED = Problem(code=EVIL, what=EVIL, why=EVIL, advice=EVIL, evidence=(EVIL,))
SAID = made_up("{said}", why="{said}", advice="{said}")
ERROR = partial(UserError, SAID, said=EVIL, evidence=(EVIL,), code=EVIL)
Screen = tuple[str, Sequence[Block]]


def deploy_view() -> Any:  # noqa: ANN401 - of any kind of plan
    return fakes.REGISTRY.plan_view(DEPLOY)


def hostile_card() -> Any:  # noqa: ANN401 - see hostile
    shown = fakes.catalog().card(fakes.CLIP)
    return replace(shown, model=hostile(shown.model), note=EVIL, over=EVIL, unread=EVIL)


def hostile_hub() -> Any:  # noqa: ANN401 - see hostile
    from services.catalog import HubFound, HubHit  # noqa: PLC0415 - only here

    hit = HubHit(model=hostile(fakes.hub_model("who/what", license="mit")), licence=EVIL)
    return HubFound(asked=EVIL, hits=(hit,), untold=(EVIL,))


def results() -> Any:  # noqa: ANN401 - see hostile
    catalog = fakes.catalog()
    return hostile(catalog.search(catalog.parse("bert", {})))


def ended(state: OperationState) -> Any:  # noqa: ANN401 - see hostile
    return hostile(fakes.operation(state, problem=FAILED))


MESSAGES: dict[str, Callable[[], Screen]] = {
    "card": lambda: card.screen(hostile_card(), classifier=EVIL),
    "comparison": lambda: compare.screen(
        hostile(fakes.catalog().compare([fakes.CLIP, fakes.CLIP])), now=fakes.NOW
    ),
    "results": lambda: search.results(results(), EVIL, {"q": EVIL}, hub=hostile_hub()),
    "only the Hub": lambda: hub.alone(hostile_hub(), EVIL),
    "refreshed": lambda: refreshed.outcome(
        hostile(fakes.FakeRefresh().answer),
        [Change(kind=kind, place=EVIL, name=EVIL, before=EVIL, after=EVIL) for kind in ChangeKind],
    ),
    "plan": lambda: fakes.card(DEPLOY, may_run=True, note=EVIL),
    "plan for others": lambda: fakes.card(DEPLOY, may_run=False, note=EVIL),
    "import plan": lambda: fakes.card(IMPORT, may_run=True),
    "import plan for others": lambda: fakes.card(IMPORT, may_run=False, note=EVIL),
    "request": lambda: plan.request(DEPLOY, deploy_view(), EVIL),
    "request of an import": lambda: plan.request(IMPORT, fakes.REGISTRY.plan_view(IMPORT), EVIL),
    "changed": lambda: plan.changed(DEPLOY, deploy_view(), fakes.DEPLOY_PLAN),
    "running": lambda: fakes.message(hostile(fakes.operation())),
    "deployed": lambda: fakes.message(hostile(fakes.deployed())),
    "imported": lambda: fakes.message(hostile(fakes.imported())),
    "failed": lambda: fakes.message(ended(OperationState.FAILED)),
    "cancelled": lambda: fakes.message(ended(OperationState.CANCELLED)),
    "news": lambda: fakes.news(ended(OperationState.FAILED)),
    "news of success": lambda: fakes.news(hostile(fakes.deployed())),
    "news of an import": lambda: fakes.news(hostile(fakes.imported())),
    "classifying": lambda: classify.message(hostile(fakes.classification())) or ("", []),
    "not classified": lambda: fakes.message(
        hostile(fakes.classification(OperationState.FAILED, problem=FAILED))
    ),
    "scores": lambda: scores.answer(hostile(fakes.scores(("cat", 0.9), ("dog", 0.1), note="x"))),
    "list": lambda: endpoints.listing(
        [hostile(fakes.ENDPOINT)], [hostile(fakes.operation())], load_sizes(), fakes.NOW
    ),
    "status": lambda: endpoints.status(
        [hostile(fakes.operation())], [hostile(fakes.deployed())], fakes.NOW
    ),
    "unknown": lambda: help_blocks.unknown(EVIL, (EVIL, "help")),
    "refused": lambda: error.refused(ERROR(suggestions=(Suggestion(verb=EVIL),)), "r"),
    "wrong": lambda: error.refused(InvalidInputError(SAID, said=EVIL), "r"),
    "not found": lambda: error.refused(NotFoundError(SAID, said=EVIL), "r"),
    "temporary": lambda: error.temporary(TemporaryError(SAID, said=EVIL), "r"),
    "home": lambda: (
        "",
        home.view(
            [hostile(fakes.operation())],
            [hostile(fakes.ENDPOINT)],
            load_sizes(),
            now=fakes.NOW,
            operator=True,
            note="",
        )["blocks"],
    ),
}


def texts(value: Any) -> Iterator[str]:  # noqa: ANN401 - any part of blocks
    """Every text in which Slack reads markup."""
    if isinstance(value, dict):
        if value.get("type") == "mrkdwn":
            yield value["text"]
        for part in value.values():
            yield from texts(part)
    elif isinstance(value, list | tuple):
        for part in value:
            yield from texts(part)


def objects(value: Any) -> Iterator[Block]:  # noqa: ANN401 - any part of blocks
    if isinstance(value, dict):
        if value.get("type") == "mrkdwn":
            yield value
        for part in value.values():
            yield from objects(part)
    elif isinstance(value, list | tuple):
        for part in value:
            yield from objects(part)


@pytest.mark.parametrize("name", MESSAGES)
def test_no_word_of_others_mentions_anybody_or_links(name: str) -> None:
    text, blocks = MESSAGES[name]()
    sent = Message(text=text, blocks=blocks).fitted()
    read = [sent["text"], *texts(sent.get("blocks", []))]

    live = {found for each in read for found in LIVE.findall(each)}

    assert set() == {found for found in live if "EVIL" in found or found[1] == "!"}
    assert [] == [each for each in read if "<https://evil.example|" in each]


@pytest.mark.parametrize("name", MESSAGES)
def test_slack_looks_for_nothing_of_its_own_in_a_text(name: str) -> None:
    _, blocks = MESSAGES[name]()
    assert [] == [text["text"] for text in objects(blocks) if text.get("verbatim") is not True]


@pytest.mark.parametrize("name", ["request", "news", "news of success"])
def test_whoever_asked_is_mentioned(name: str) -> None:
    text, blocks = MESSAGES[name]()
    sent = Message(text=text, blocks=blocks).fitted()

    assert "<@U1>" in sent["text"]
    assert any("<@U1>" in each for each in texts(sent["blocks"]))


def test_a_mention_in_an_error_of_ours_lives_and_words_beside_it_do_not() -> None:
    text, blocks = error.refused(
        UserError(made_up("Ask {whom} about {what}."), whom=mention("U2"), what=EVIL), "r"
    )
    sent = Message(text=text, blocks=blocks).fitted()["text"]

    assert ["<@U2>"] == LIVE.findall(sent)
    assert "<@U2>" in next(texts(blocks))


@pytest.mark.parametrize(
    ("shown", "who"),
    [
        ("<@U0ADA>", "U0ADA"),
        ("<@W0ADA>", "W0ADA"),
        ("<!subteam^S0OPS>", "S0OPS"),
        ("@channel&gt;", "channel>"),
    ],
)
def test_only_an_id_becomes_a_mention(shown: str, who: str) -> None:
    assert shown == mention(who)


@pytest.mark.parametrize(
    ("shown", "channel"),
    [("<#C1>", "C1"), ("<#G1>", "G1"), ("that direct message", "D1")],
)
def test_a_direct_message_has_no_name_and_is_told_in_words(shown: str, channel: str) -> None:
    assert shown == where(channel)


def test_what_is_put_into_a_text_of_ours_is_escaped_once() -> None:
    template = Marked("{who} says {what}, {number}")
    shown = template.format(who=mention("U1"), what=code("<b>"), number=2)
    assert "<@U1> says `&lt;b&gt;`, 2" == shown
    assert f"{shown} &lt;x&gt;" == Marked(" ").join([shown, "<x>"])
    assert shown == marked(shown)


def test_what_is_put_together_by_hand_is_escaped_on_its_way_out() -> None:
    assert "&lt;@U1&gt; x" == Message(text=f"{mention('U1')} x").fitted()["text"]


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("abc <https://x|y> def", "abc…"),
        ("abc &lt; def ghijkl", "abc…"),
        ("abcdefghijk", "abcdef…"),
        ("abc", "abc"),
    ],
)
def test_nothing_is_cut_in_two(text: str, shown: str) -> None:
    assert shown == clip_marked(text, 7)
