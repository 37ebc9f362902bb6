"""Requests as Slack sends them, through a real Bolt app, answered into the local Slack."""

from __future__ import annotations

import io
import json
import re
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from typing import Any, cast
from urllib.parse import urlencode

import pytest
from PIL import Image
from slack_bolt import App, BoltRequest
from slack_sdk import WebClient

from bot.manifest import manifest
from bot.sandbox.calls import Calls
from bot.sandbox.clock import SandboxClock
from bot.sandbox.faults import Fault, Faults
from bot.sandbox.server import Served, Servers, listen, port_of
from bot.sandbox.slack import LocalSlack
from bot.sandbox.slack.payloads import command, interaction, on_message
from bot.sandbox.slack.state import BOT_USER
from bot.sandbox.store import Store
from handlers import dispatch
from handlers.attached import named, pictures_of
from handlers.notifications import SlackNotifier
from handlers.operators import Operators
from handlers.uploads import SlackPictures
from services.clock import Clock
from services.errors import (
    InvalidInputError,
    NotAllowedError,
    NotFoundError,
    TemporaryError,
    UserError,
)
from services.models import Asked, OperationState, Picture
from tests.hostile import saved
from tests.texts import made_up
from tests.unit import fakes

Headers = dict[str, str | Sequence[str]]

ADA, BEN, MAIN, RANDOM = "U0ADA", "U0BEN", "C0MLPLATFORM", "C0RANDOM"
FORM: Headers = {"content-type": ["application/x-www-form-urlencoded"]}
JSON: Headers = {"content-type": ["application/json"]}
PHOTO = Path(__file__).parents[2] / "bot" / "sandbox" / "photos" / "cat.jpg"


class Room:
    """A local Slack, and the bot's edge over services that are fakes."""

    def __init__(self) -> None:
        self.faults, self.calls = Faults(), Calls()
        self.slack = LocalSlack(
            store=Store(),
            clock=SandboxClock(speed=1.0),
            faults=self.faults,
            calls=self.calls,
            manifest=manifest(),
            photos=PHOTO.parent,
        )
        listener = listen(0)
        self.slack.base_url = f"http://127.0.0.1:{port_of(listener)}"
        self.servers = Servers()
        self.servers.start([Served(app=self.slack.app(), listener=listener)])
        self.client = WebClient(self.slack.bot_token, base_url=f"{self.slack.base_url}/api/")
        self.hub = fakes.FakeHub()
        self.desk = fakes.Desk(hub=self.hub)
        self.pool = ThreadPoolExecutor(16)
        self.bolt = App(
            client=self.client,
            token_verification_enabled=False,
            request_verification_enabled=False,
        )
        dispatch.register(
            self.bolt,
            self.desk.services,
            registry=fakes.REGISTRY,
            client=self.client,
            operators=Operators((ADA,), self.client),
            channel=None,
            clock=Clock(),
            pool=self.pool,
        )

    def close(self) -> None:
        self.pool.shutdown()
        self.servers.stop()

    def types(self, text: str, user: str = ADA, channel: str = MAIN) -> None:
        """Type a slash command; it is acknowledged then."""
        here = self.slack.workspace
        body = command(here, user, here.state.channel(channel), "/aml", text)
        self._dispatched(BoltRequest(body=urlencode(body), headers=FORM))

    def says(self, text: str, user: str = ADA, channel: str = MAIN, **more: Any) -> str:  # noqa: ANN401 - fields of an event
        """Mention the bot; returns the message's timestamp."""
        here = self.slack.workspace
        message = here.messages.add(channel, {"user": user, "text": f"<@{BOT_USER}> {text}"})
        self.hears({**here.messages.event(message), "type": "app_mention", **more}, 0)
        return str(message["ts"])

    def hears(self, event: dict[str, Any], retry: int) -> None:
        body = {"type": "event_callback", "team_id": "T0SANDBOX", "event": event}
        headers = {**JSON, "x-slack-retry-num": [str(retry)]} if retry else JSON
        self._dispatched(BoltRequest(body=json.dumps(body), headers=headers))

    def clicks(self, message: dict[str, Any], label: str, user: str = ADA) -> None:
        button = fakes.buttons(message["blocks"])[label]
        here = self.slack.workspace
        action = {"type": "button", "action_id": button["action_id"], "value": button["value"]}
        payload = interaction(
            here, user, "block_actions", actions=[action], **on_message(here, user, message)
        )
        self._interacts(payload)

    def submits(self, view: dict[str, Any], user: str = ADA, **values: str) -> str:
        """Submit a modal; returns the body of the acknowledgement."""
        state = {"values": {name: {"value": {"value": text}} for name, text in values.items()}}
        payload = interaction(
            self.slack.workspace, user, "view_submission", view={**view, "state": state}
        )
        body = urlencode({"payload": json.dumps(payload)})
        return str(self.bolt.dispatch(BoltRequest(body=body, headers=FORM)).body)

    def _interacts(self, payload: dict[str, Any]) -> None:
        body = urlencode({"payload": json.dumps(payload)})
        self._dispatched(BoltRequest(body=body, headers=FORM))

    def _dispatched(self, request: BoltRequest) -> None:
        assert 200 == self.bolt.dispatch(request).status

    def messages(self, channel: str = MAIN) -> list[dict[str, Any]]:
        return [dict(one) for one in self.slack.state.messages(channel).values()]

    def waits(
        self, wanted: Callable[[dict[str, Any]], bool], channel: str = MAIN
    ) -> dict[str, Any]:
        """The newest message that fits, as soon as there is one."""
        deadline = time.monotonic() + 30
        while time.monotonic() < deadline:
            found = [one for one in self.messages(channel) if wanted(one)]
            if found:
                return found[-1]
            time.sleep(0.01)
        raise AssertionError(json.dumps(self.messages(channel), indent=1)[:3_000])

    def answer(self, words: str, channel: str = MAIN) -> dict[str, Any]:
        return self.waits(lambda one: _by_bot(one) and words in _all(one), channel)

    def upload(self, name: str, body: bytes, mimetype: str = "image/jpeg") -> Picture:
        file = self.slack.workspace.files.add(name, body, mimetype, ADA)
        self.slack.workspace.messages.add(MAIN, {"user": ADA, "text": "", "files": [file["id"]]})
        return Picture(file=file["id"], name=name)


def _by_bot(message: dict[str, Any]) -> bool:
    return message.get("user") not in {ADA, BEN}


def _all(message: dict[str, Any]) -> str:
    return f"{message.get('text')}\n{fakes.words(message.get('blocks'))}"


@pytest.fixture
def room() -> Iterator[Room]:
    made = Room()
    yield made
    made.close()


def test_a_typed_search_is_acknowledged_and_answered_to_that_person(room: Room) -> None:
    room.types("search clip")

    shown = room.answer(fakes.CLIP)
    assert ADA == shown["ephemeral_to"]


def test_where_the_bot_is_no_member_a_command_is_answered_all_the_same(room: Room) -> None:
    room.types("help", channel=RANDOM)

    assert room.answer("What I can do", RANDOM)


def test_a_shared_result_is_for_everybody(room: Room) -> None:
    room.types("search clip")
    room.clicks(room.answer(fakes.CLIP), "Share")

    assert room.waits(lambda one: _by_bot(one) and "ephemeral_to" not in one)


def test_next_edits_the_same_message(room: Room) -> None:
    room.types("search license:mit")
    first = room.answer("Page 1 of")

    room.clicks(first, "Next")

    assert first["ts"] == room.answer("Page 2 of")["ts"]


@pytest.fixture
def hub(room: Room) -> None:
    """The Hub has two models that the catalog lacks."""
    room.hub.models = (fakes.hub_model("who/clip"), fakes.hub_model("who/bert"))


@pytest.mark.usefixtures("hub")
def test_what_the_hub_adds_follows_the_answer_to_a_command(room: Room) -> None:
    """Slack's response URL of a command posts anew, whatever `replace_original` says."""
    room.types("search clip")

    added = room.answer("who/clip")
    assert (ADA, "On the Hugging Face Hub: who/clip, who/bert") == (
        added["ephemeral_to"],
        added["text"],
    )
    assert "who/clip" not in _all(room.answer(fakes.CLIP))


@pytest.mark.usefixtures("hub")
def test_what_the_hub_adds_is_edited_into_the_answer_to_a_mention(room: Room) -> None:
    room.says("search clip")

    assert fakes.CLIP in _all(room.answer("who/clip"))
    assert 1 == sum(map(_by_bot, room.messages()))


@pytest.mark.usefixtures("hub")
def test_what_the_hub_adds_is_edited_into_a_page_that_was_turned_to(room: Room) -> None:
    room.types("search bert license:mit")
    room.clicks(room.answer("Page 1 of"), "Next")
    second = room.answer("Page 2 of")

    room.clicks(second, "Previous")

    first = room.waits(lambda one: second["ts"] == one["ts"] and "who/bert" in _all(one))
    assert "Page 1 of" in _all(first)


def test_run_replaces_the_plan(room: Room) -> None:
    room.types(f"deploy {fakes.CLIP}")
    plan = room.answer("Run")

    room.clicks(plan, "Run")

    assert plan["ts"] == room.answer("Started as")["ts"]
    assert "plan-1" == room.desk.deployments.started[0][2]


def test_the_second_person_asks_and_the_first_runs(room: Room) -> None:
    room.types(f"deploy {fakes.CLIP}", user=BEN)
    room.clicks(room.answer("Ask an operator"), "Ask an operator", user=BEN)
    request = room.answer("asks an operator")

    room.clicks(request, "Run")

    assert request["ts"] == room.answer("clicked Run for")["ts"]
    assert BEN == room.desk.deployments.started[0][1].user


def test_without_arguments_the_form_opens_and_answers(room: Room) -> None:
    room.types("search")
    view = _view(room)

    acknowledged = room.submits(view, text="clip")

    assert "" == acknowledged
    assert room.answer(fakes.CLIP)


def test_an_error_of_a_field_is_in_the_acknowledgement(room: Room) -> None:
    room.types("deploy")
    view = _view(room)
    room.desk.deployments.refuses = InvalidInputError(made_up("Bad name"), field="endpoint")

    body = json.loads(room.submits(view, model=fakes.CLIP, endpoint="-"))

    assert {"response_action": "errors", "errors": {"endpoint": "Bad name."}} == body


def _view(room: Room) -> dict[str, Any]:
    deadline = time.monotonic() + 30
    while not (stack := room.slack.workspace.views.stack(ADA)):
        assert time.monotonic() < deadline, "no modal opened"
        time.sleep(0.01)
    return dict(stack[-1])


def test_a_mention_is_answered_once_in_its_thread_however_often_it_is_delivered(
    room: Room,
) -> None:
    ts = room.says("help")
    event = {"type": "app_mention", "user": ADA, "channel": MAIN, "ts": ts, "text": "help"}

    for retry in (1, 2):
        room.hears(event, retry)
    room.answer("What I can do")

    assert 1 == len([one for one in room.messages() if _by_bot(one)])
    assert ts == room.answer("What I can do")["thread_ts"]


def test_app_home_is_published(room: Room) -> None:
    room.hears({"type": "app_home_opened", "user": BEN, "tab": "home", "channel": "D0BEN"}, 0)

    deadline = time.monotonic() + 30
    while (home := room.slack.workspace.views.home(BEN)) is None:
        assert time.monotonic() < deadline, "no home"
        time.sleep(0.01)
    assert "clip-x7f2" in fakes.words(home["blocks"])


def test_a_throttled_answer_is_not_lost_on_a_home(room: Room) -> None:
    room.faults.add(Fault(target="slack", kind="throttle", match="views.publish", times=1))

    room.hears({"type": "app_home_opened", "user": BEN, "tab": "home", "channel": "D0BEN"}, 0)

    assert room.answer("passing fault", "D0BEN")


# --- the one message of an operation -------------------------------------------------------------


def test_the_message_is_found_again_after_a_crash(room: Room) -> None:
    operation = replace(fakes.operation(), asked=Asked(user=ADA, channel=MAIN))
    first = SlackNotifier(room.client, Clock(), fakes.VIEWS).announce(operation, again=False)

    assert first == SlackNotifier(room.client, Clock(), fakes.VIEWS).announce(operation, again=True)


def test_without_history_the_message_is_posted_anew(room: Room) -> None:
    room.slack.state.grant("channels:history", granted=False)
    operation = replace(fakes.operation(), asked=Asked(user=ADA, channel=MAIN))

    assert (
        MAIN
        == SlackNotifier(room.client, Clock(), fakes.VIEWS).announce(operation, again=True).channel
    )


def test_in_a_direct_message_it_is_found_again(room: Room) -> None:
    operation = replace(fakes.operation(), asked=Asked(user=ADA, channel=RANDOM))
    first = SlackNotifier(room.client, Clock(), fakes.VIEWS).announce(operation, again=False)

    again = SlackNotifier(room.client, Clock(), fakes.VIEWS).announce(operation, again=True)

    assert ("D0ADA", first) == (first.channel, again)


@pytest.mark.parametrize(("plans", "shown"), [(True, "plan"), (False, "section")])
def test_progress_is_a_plan_or_lines(room: Room, shown: str, *, plans: bool) -> None:
    room.slack.state.set_switch("native_plans", plans)
    operation = replace(fakes.operation(), asked=Asked(user=ADA, channel=MAIN))
    notifier = SlackNotifier(room.client, Clock(), fakes.VIEWS)

    place = notifier.announce(operation, again=False)

    posted = room.slack.workspace.messages.find(MAIN, place.message)
    assert shown == posted["blocks"][2]["type"]
    assert ("↳ Azure is" in json.dumps(posted, ensure_ascii=False)) is not plans


def test_a_workspace_that_refused_a_plan_is_not_asked_again(room: Room) -> None:
    room.slack.state.set_switch("native_plans", value=False)
    operation = replace(fakes.operation(), asked=Asked(user=ADA, channel=MAIN))
    notifier = SlackNotifier(room.client, Clock(), fakes.VIEWS)
    place = notifier.announce(operation, again=False)
    before = len(room.calls.listed())

    done = replace(fakes.deployed(), asked=operation.asked, message=place.message, channel=MAIN)
    notifier.finish(done, again=False)

    sent = [call["path"] for call in room.calls.listed()[before:]]
    assert 1 == sum("chat.update" in path for path in sent)


@pytest.mark.parametrize(("charts", "block"), [(True, "data_visualization"), (False, "█")])
def test_an_answer_is_a_chart_or_text_bars(room: Room, block: str, *, charts: bool) -> None:
    room.slack.state.set_switch("native_charts", charts)
    asked = Asked(user=ADA, channel=MAIN)
    operation = fakes.classification(asked=asked)
    notifier = SlackNotifier(room.client, Clock(), fakes.VIEWS)
    place = notifier.announce(operation, again=False)
    result = fakes.scores(("cat", 0.941), ("dog", 0.059))
    done = fakes.classification(OperationState.SUCCEEDED, result=result, asked=asked)

    notifier.finish(replace(done, channel=place.channel, message=place.message), again=False)

    shown = room.answer("cat 94.1 %")
    assert place.message == shown["ts"]
    assert block in json.dumps(shown["blocks"], ensure_ascii=False)


# --- pictures ------------------------------------------------------------------------------------


def test_a_picture_is_fetched_as_it_is(room: Room) -> None:
    picture = room.upload("cat.jpg", PHOTO.read_bytes())

    assert PHOTO.read_bytes() == SlackPictures(room.client).fetch(picture, 10**7).content


def test_a_picture_above_the_limit_is_refused(room: Room) -> None:
    picture = room.upload("cat.jpg", PHOTO.read_bytes())

    with pytest.raises(InvalidInputError, match="too large"):
        SlackPictures(room.client).fetch(picture, 1_000)


def test_a_login_page_is_no_picture(room: Room) -> None:
    picture = room.upload("cat.jpg", PHOTO.read_bytes())
    room.faults.add(Fault(target="slack", kind="login_html"))

    with pytest.raises(NotAllowedError, match="files:read"):
        SlackPictures(room.client).fetch(picture, 10**7)


def test_a_file_of_another_kind_is_named(room: Room) -> None:
    picture = room.upload("paper.pdf", b"%PDF-1.4", "application/pdf")

    with pytest.raises(InvalidInputError, match="not a picture: Slack calls it application/pdf"):
        SlackPictures(room.client).fetch(picture, 10**7)


def test_a_picture_that_is_gone_is_said_to_be(room: Room) -> None:
    with pytest.raises(NotFoundError, match="gone"):
        SlackPictures(room.client).fetch(Picture(file="F0NONE", name="x.jpg"), 10**7)


def test_a_slack_that_is_away_is_worth_another_try(room: Room) -> None:
    picture = room.upload("cat.jpg", PHOTO.read_bytes())
    room.faults.add(Fault(target="slack", kind="error", match="/files", times=1))

    with pytest.raises(TemporaryError):
        SlackPictures(room.client).fetch(picture, 10**7)


def test_the_token_goes_nowhere_but_to_slack(room: Room) -> None:
    class Elsewhere:
        """A client whose files are kept by somebody else."""

        base_url, token = room.client.base_url, "xoxb-secret"

        def files_info(self, file: str) -> dict[str, Any]:  # noqa: ARG002 - as slack_sdk
            url = f"http://localhost:{room.slack.base_url.rsplit(':', 1)[1]}/files/x"
            return {"file": {"mimetype": "image/png", "url_private_download": url}}

    before = len(room.calls.listed())
    with pytest.raises(NotAllowedError, match="not kept by Slack"):
        SlackPictures(cast(WebClient, Elsewhere())).fetch(fakes.CAT, 10**7)

    assert before == len(room.calls.listed())


def fetched(room: Room, picture: Picture, **options: bool) -> tuple[tuple[int, int], bool]:
    """The size of the picture that was fetched, and whether it is a smaller copy."""
    found = SlackPictures(room.client).fetch(picture, 10**7, **options)
    return Image.open(io.BytesIO(found.content)).size, found.reduced


def noise(width: int, height: int) -> bytes:
    return saved(Image.effect_noise((width, height), 50).convert("RGB"), "JPEG")


def test_slacks_own_copy_is_preferred(room: Room) -> None:
    picture = room.upload("photo.jpg", noise(4000, 3000))

    assert ((1024, 768), True) == fetched(room, picture)
    assert ((4000, 3000), False) == fetched(room, picture, original=True)


def test_a_copy_of_a_banner_is_too_small(room: Room) -> None:
    assert ((6000, 600), False) == fetched(room, room.upload("banner.jpg", noise(6000, 600)))


def test_a_copy_of_something_larger_than_the_limit_will_do(room: Room) -> None:
    picture = room.upload("photo.jpg", noise(2000, 1000) + bytes(11_000_000) + b"\xff\xd9")

    assert ((1024, 512), True) == fetched(room, picture)


@pytest.mark.parametrize("status", [404, 403, 500])
def test_without_the_copy_the_whole_is_fetched(room: Room, status: int) -> None:
    picture = room.upload("photo.jpg", noise(2000, 1000))
    room.faults.add(
        Fault(target="slack", kind="error", match="/files-tmb", options={"status": status})
    )

    assert ((2000, 1000), False) == fetched(room, picture)


class Told:
    """A client for which Slack says something odd of a file."""

    def __init__(self, room: Room, **file: Any) -> None:  # noqa: ANN401 - fields of a file
        self.base_url, self.token = room.client.base_url, room.client.token
        self.file = {"id": "F1", "mimetype": "image/png", **file}

    def files_info(self, file: str) -> dict[str, Any]:  # noqa: ARG002 - as slack_sdk
        return {"file": self.file}


@pytest.mark.parametrize(
    ("file", "words"),
    [
        ({"mode": "tombstone"}, "cat.jpg is gone"),
        ({"file_access": "file_not_found"}, "cat.jpg is gone"),
        ({"mode": "file_access", "file_access": "check_file_info"}, "cat.jpg is gone"),
        ({"mode": "hidden_by_limit"}, "cat.jpg is hidden by Slack"),
        ({"file_access": "access_denied"}, "Slack does not let me see cat.jpg"),
        ({"mode": "external", "is_external": True}, "cat.jpg is not kept by Slack"),
        ({"is_external": True, "external_type": "gdrive"}, "cat.jpg is not kept by Slack"),
        ({"mode": "snippet", "mimetype": "text/plain"}, "cat.jpg is not a picture"),
        ({"url_private": "http://[::1"}, "cat.jpg is not kept by Slack"),
        ({"thumb_1024": "https://evil.example/x", "size": "many"}, "cat.jpg is gone"),
    ],
)
def test_what_slack_does_not_give_is_explained(
    room: Room, file: dict[str, Any], words: str
) -> None:
    client = cast(WebClient, Told(room, **file))

    with pytest.raises(UserError, match=re.escape(words)):
        SlackPictures(client).fetch(fakes.CAT, 10**7)


def test_a_picture_without_a_name_gets_the_one_that_slack_knows(room: Room) -> None:
    known = room.upload("rocket.jpg", PHOTO.read_bytes())
    message = {"files": [{"id": known.file, "file_access": "check_file_info"}]}

    assert (known,) == named(room.client, pictures_of(message))


def test_a_picture_that_slack_does_not_know_is_called_unnamed(room: Room) -> None:
    assert "Unnamed picture" == named(room.client, pictures_of({"files": [{"id": "F0"}]}))[0].name
