"""What Slack sends over HTTP, read and checked once, before anything relies on its shape.

Whoever knows the signing secret can send anything. Bolt and the handlers take a `user` with an `id`
for granted; what has other shapes ends here, with one reason, and not as a traceback deep inside.
"""

from __future__ import annotations

import json
from typing import Annotated, Any, Literal
from urllib.parse import parse_qsl

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, ValidationError

JSON, FORM = "application/json", "application/x-www-form-urlencoded"
FIELDS = 100  # a slash command has about 15
DEPTH = 60  # of lists and objects in each other; Slack's own have about 15
NO_TEXT = "it is no UTF-8"
NO_JSON = "its JSON cannot be read"
NO_OBJECT = "its JSON is no object"
NO_FORM = "its form cannot be read"
OTHER_TYPE = "its content type is neither JSON nor a form"
SHAPE = "{place} is wrong: {reason}"

Name = Annotated[str, Field(min_length=1)]


class UnfitError(Exception):
    """A request that is signed and yet not what Slack sends; the text says why, quoting nothing."""


class UnheardError(Exception):
    """An event that Slack does send, and that nobody here listens to; the text is its type.

    An app that was subscribed to more before, or that is taken out of a workspace, gets such ones.
    Slack sends again what is refused, and in time sends nothing any more.
    """


class _Part(BaseModel):
    """Fields that somebody here relies on; Slack may send more."""

    model_config = ConfigDict(extra="allow", strict=True)


class _Known(_Part):
    id: Name
    team_id: str | None = None


class _View(_Part):
    class State(_Part):
        values: dict[str, dict[str, dict[str, Any]]] = {}

    callback_id: str = ""
    private_metadata: str = ""
    state: State | None = None
    app_installed_team_id: str | None = None


class _Message(_Part):
    ts: str | None = None
    thread_ts: str | None = None
    text: str | None = None
    user: str | None = None
    files: list[dict[str, Any]] | None = None
    blocks: list[dict[str, Any]] | None = None
    bot_id: str | None = None


class _Acted(_Part):
    """Somebody did something in Slack."""

    class Url(_Part):
        response_url: str

    user: _Known
    team: _Known | None = None
    channel: _Known | None = None
    message: _Message | None = None
    container: dict[str, str | int | float | bool | None] | None = None
    view: _View | None = None
    state: _View.State | None = None
    trigger_id: str | None = None
    response_url: str | None = None
    response_urls: list[Url] | None = None
    message_ts: str | None = None
    enterprise: _Known | None = None
    authorizations: None = None  # Bolt looks for what belongs to events
    event: None = None
    function_data: None = None


class _Clicked(_Acted):
    class Action(_Part):
        class Option(_Part):
            value: str | None = None

        type: Name
        action_id: Name
        block_id: str | None = None
        value: str | None = None
        selected_option: Option | None = None

    type: Literal["block_actions"]
    actions: Annotated[list[Action], Field(min_length=1)]


class _Submitted(_Acted):
    type: Literal["view_submission", "view_closed"]
    view: _View


class _Shortcut(_Acted):
    type: Literal["message_action", "shortcut"]
    callback_id: Name


class _Mention(_Message):
    type: Literal["app_mention"]
    user: Name | None = None
    channel: Name
    ts: Name


class _Written(_Message):
    type: Literal["message"]
    channel: Name
    channel_type: str | None = None
    subtype: str | None = None
    message: _Message | None = None
    previous_message: _Message | None = None


class _Home(_Part):
    type: Literal["app_home_opened"]
    user: Name
    channel: str | None = None
    tab: str | None = None
    view: _View | None = None


class _Event(_Part):
    class Installed(_Part):
        team_id: str | None = None
        enterprise_id: str | None = None
        user_id: str | None = None
        is_enterprise_install: bool | None = None

    type: Literal["event_callback"]
    event: Annotated[_Mention | _Written | _Home, Field(discriminator="type")]
    event_id: str | None = None
    team_id: str | None = None
    enterprise_id: str | None = None
    authorizations: list[Installed] | None = None
    user: None = None  # of these Bolt expects what an interaction has
    channel: None = None
    team: None = None
    view: None = None


class _Unheard(_Part):
    """The envelope of any event: with the ids that Slack gives to each."""

    class Event(_Part):
        type: Annotated[str, Field(pattern=r"^[a-z_]{1,60}(\.[a-z_]{1,60})?$")]

    type: Literal["event_callback"]
    event: Event
    event_id: Name
    team_id: Name


class _Challenge(_Part):
    type: Literal["url_verification"]
    challenge: Name


class _RateLimited(_Part):
    type: Literal["app_rate_limited"]
    minute_rate_limited: int | None = None


class _Command(_Part):
    command: Annotated[str, Field(pattern=r"^/\S+$")]
    user_id: Name
    channel_id: Name
    team_id: str | None = None
    text: str = ""
    trigger_id: str | None = None
    response_url: str | None = None


Envelopes = TypeAdapter[Any](
    Annotated[_Event | _Challenge | _RateLimited, Field(discriminator="type")]
)
Unheard = TypeAdapter[_Unheard](_Unheard)
HEARD = frozenset({"app_mention", "message", "app_home_opened"})
Interactions = TypeAdapter[Any](
    Annotated[_Clicked | _Submitted | _Shortcut, Field(discriminator="type")]
)
Commands = TypeAdapter[Any](_Command)


def read(body: bytes, content_type: str) -> dict[str, Any]:
    """Return the payload as Slack's Socket Mode would hand it over.

    Args:
        body: of the request.
        content_type: as sent: JSON for events, a form for everything else.

    Raises:
        UnfitError: it is nothing that Slack sends.
        UnheardError: it is an event for which nobody here is.
    """
    try:
        text = body.decode()
    except UnicodeDecodeError:
        raise UnfitError(NO_TEXT) from None
    kind = content_type.partition(";")[0].strip().lower()
    if kind == JSON:
        return _fit(Envelopes, _heard(_object(text)))
    if kind != FORM:
        raise UnfitError(OTHER_TYPE)
    form = _form(text)
    if "payload" in form:
        return _fit(Interactions, _object(form["payload"]))
    return _fit(Commands, form)


def _heard(found: dict[str, Any]) -> dict[str, Any]:
    try:
        kind = Unheard.validate_python(found).event.type
    except ValidationError:
        return found
    if kind not in HEARD:
        raise UnheardError(kind)
    return found


def _form(text: str) -> dict[str, Any]:
    try:
        fields = parse_qsl(text, keep_blank_values=True, errors="strict", max_num_fields=FIELDS)
    except ValueError:
        raise UnfitError(NO_FORM) from None
    return dict(fields)


def _object(text: str) -> dict[str, Any]:
    try:
        found = json.loads(text)
        json.dumps(found, ensure_ascii=False).encode()  # half a surrogate pair can be kept nowhere
    except (ValueError, RecursionError):
        raise UnfitError(NO_JSON) from None
    if not isinstance(found, dict):
        raise UnfitError(NO_OBJECT)
    if _deeper(found, DEPTH):
        raise UnfitError(NO_JSON)
    return found


def _deeper(value: object, levels: int) -> bool:
    inner = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    return levels == 0 or any(_deeper(part, levels - 1) for part in inner)


def _fit(shape: TypeAdapter[Any], found: dict[str, Any]) -> dict[str, Any]:
    try:
        shape.validate_python(found)
    except ValidationError as error:
        first = error.errors(include_input=False, include_context=False, include_url=False)[0]
        place = ".".join(part for part in first["loc"] if isinstance(part, str))
        raise UnfitError(SHAPE.format(place=place or "its type", reason=first["type"])) from None
    return found
