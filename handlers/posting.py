"""Messages on their way to Slack: limits kept, charts replaced where refused, errors mapped."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

from slack_sdk import WebClient
from slack_sdk.errors import SlackApiError, SlackClientError
from slack_sdk.webhook import WebhookClient

from handlers.blocks.elements import clip, clip_marked, fitted, marked
from handlers.blocks.plainer import is_plain, plainer
from handlers.command import Block
from handlers.response_urls import ResponseUrl
from services import http
from services.errors import ErrorText, ServiceRefusedError, TemporaryError

T = TypeVar("T")

LONGEST_TEXT = 3_900  # chat.update refuses more than 4,000 characters
NOT_THERE = frozenset(
    {
        "not_in_channel",
        "channel_not_found",
        "is_archived",
        "restricted_action",
        "restricted_action_read_only_channel",
        "restricted_action_thread_only_channel",
    }
)
PASSING = frozenset(
    {
        "ratelimited",
        "rate_limited",
        "internal_error",
        "fatal_error",
        "service_unavailable",
        "request_timeout",
        "team_added_to_org",
    }
)
BLOCK_FAULTS = frozenset({"invalid_blocks", "invalid_blocks_format", "invalid_attachments"})
LONGEST_CODE = 60  # characters of an odd answer of Slack that are shown
LONGEST_ANSWER = 80  # the same, where it is no code

ANSWER_REFUSED = ErrorText(
    code="SlackRefusedAnswer", what="Slack did not take the answer.", why="It says: {said}."
)
REFUSED = ErrorText(code="SlackRefused", what="Slack refused that.", why="It says: {said}.")
NO_SCOPE = ErrorText(
    code="SlackScopeMissing",
    what="The Slack app lacks the scope {scope}.",
    advice="Ask an admin to add it and to reinstall the app.",
)
BUSY = ErrorText(code="SlackBusy", what="Slack answered {said}")
WEB_PAGE = ErrorText(code="SlackWebPage", what="Slack answered with a web page")
UNREACHED = ErrorText(code="SlackUnreached", what="Slack cannot be reached ({reason})")


class NotWritableError(Exception):
    """The bot cannot post in that channel: it is no member, or nobody may."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """A text that stands on its own, and blocks that say the same nicely.

    The text is escaped on its way out, unless it is `Marked`: only our own templates mention.

    `refused` is called where the workspace refused its blocks and plainer ones were sent.
    """

    text: str
    blocks: Sequence[Block] = ()
    refused: Callable[[], None] | None = None

    def fitted(self) -> dict[str, Any]:
        """As arguments of Slack's methods, within its limits."""
        text = clip_marked(marked(self.text), LONGEST_TEXT)
        return {"text": text, "blocks": fitted(self.blocks)} if self.blocks else {"text": text}

    def plainer(self) -> Message:
        """Return the same without what a workspace may refuse."""
        return Message(text=self.text, blocks=plainer(self.blocks))


def edit(client: WebClient, channel: str, ts: str, message: Message) -> None:
    """Replace a message's content.

    Raises:
        NotWritableError: the bot cannot post there.
        TemporaryError: Slack cannot be reached or asks to wait.
        ServiceRefusedError: Slack refuses; code `message_not_found` when it is gone.
    """
    charted(lambda shown: client.chat_update(channel=channel, ts=ts, **shown.fitted()), message)


def respond(
    url: ResponseUrl,
    message: Message,
    *,
    public: bool = False,
    replace: bool = False,
    thread: str | None = None,
) -> None:
    """Answer a command or click by its response URL.

    Raises:
        TemporaryError: Slack cannot be reached or asks to wait.
        ServiceRefusedError: Slack refuses: the URL has expired or was used five times.
    """
    webhook = WebhookClient(url.address)

    def send(shown: Message) -> bool:
        body = {
            "response_type": "in_channel" if public else "ephemeral",
            "replace_original": replace,
            "unfurl_links": False,
            **shown.fitted(),
            **({"thread_ts": thread} if thread else {}),
        }
        answer = webhook.send_dict(body)
        if answer.body.lstrip().startswith("<"):
            raise TemporaryError(WEB_PAGE)  # a proxy's or gateway's
        if answer.status_code < 300 and answer.body != "no_text":  # noqa: PLR2004 - HTTP
            return True
        error = answer.body.strip()[:LONGEST_ANSWER]
        if answer.status_code in http.BUSY:
            raise TemporaryError(
                BUSY,
                said=answer.status_code,
                retry_after=http.retry_after(answer.headers),
            )
        raise ServiceRefusedError(ANSWER_REFUSED, said=error, code=_known(error))

    charted(send, message)


def charted(send: Callable[[Message], T], message: Message) -> T:
    """Send it, and once more plainer where Slack refuses charts or plans.

    Raises:
        NotWritableError: the bot cannot post there.
        TemporaryError: Slack cannot be reached or asks to wait.
        ServiceRefusedError: Slack refuses for another reason.
    """
    try:
        return mapped(lambda: send(message))
    except ServiceRefusedError as error:
        if error.code not in BLOCK_FAULTS or is_plain(message.blocks):
            raise
    sent = mapped(lambda: send(message.plainer()))
    if message.refused is not None:
        message.refused()
    return sent


def mapped(call: Callable[[], T]) -> T:
    """Call Slack and return what it answers, its errors translated.

    Raises:
        NotWritableError: the bot cannot post there.
        TemporaryError: Slack cannot be reached or asks to wait.
        ServiceRefusedError: Slack refuses; `code` is Slack's word for it.
    """
    try:
        return call()
    except SlackApiError as error:
        raise _translated(error) from error
    except (SlackClientError, OSError) as error:
        raise TemporaryError(UNREACHED, reason=type(error).__name__) from error


def _translated(error: SlackApiError) -> Exception:
    response = error.response
    code = str(response.get("error") or "unknown_error")
    status = int(getattr(response, "status_code", 200))
    headers = getattr(response, "headers", None) or {}
    if code in PASSING or status in http.BUSY or " " in code:
        return TemporaryError(
            BUSY, said=clip(code, LONGEST_CODE), retry_after=http.retry_after(headers)
        )
    if code in NOT_THERE:
        return NotWritableError(code)
    if code == "missing_scope":
        needed = str(response.get("needed") or "")
        return ServiceRefusedError(NO_SCOPE, scope=needed, code=code, evidence=(needed,))
    return ServiceRefusedError(REFUSED, said=code, code=code)


def _known(body: str) -> str:
    return next((fault for fault in BLOCK_FAULTS if fault in body), body or "refused")
