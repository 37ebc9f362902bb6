"""Pictures that people post: which ones a message has, and their bytes from Slack."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any
from urllib.parse import urlsplit

import requests
from slack_sdk import WebClient

from handlers.parsing import file_name
from handlers.posting import NotWritableError, mapped
from services import http
from services.errors import (
    ErrorText,
    InvalidInputError,
    NotAllowedError,
    NotFoundError,
    ServiceRefusedError,
    TemporaryError,
    UserError,
)
from services.models import Picture

FILES_HOST = "files.slack.com"
TIMEOUT = (10.0, 30.0)
CHUNK = 64 * 1024
BIG = 10 * 1024 * 1024  # above this Slack's own reduced picture is fetched
REDUCED = ("image/heic", "image/heif", "image/tiff")  # Slack makes JPEGs of these
AWAY = frozenset({"external", "tombstone", "hidden_by_limit"})
HTML = (b"<!doctype html", b"<html")
HISTORY = "channels:history"
MEBIBYTE = 2**20

THREAD_UNREADABLE = ErrorText(
    code="ThreadNotReadable",
    what="I cannot read this thread to find its picture.",
    why="The Slack app lacks the optional scope `{scope}`, or I am not in the channel.",
    advice="Use the shortcut “Classify image” on the message with the picture, or attach the "
    "picture to your message.",
)
ELSEWHERE = ErrorText(
    code="FileElsewhere",
    what="{name} is not kept by Slack.",
    advice="Download it and post the picture itself.",
)
ODD_ADDRESS = ErrorText(
    code="FileAddressNotSlacks",
    what="{name} is not kept by Slack.",
    why="Its address is not one of Slack's.",
    advice="Download it and post the picture itself.",
)
NO_PICTURE = ErrorText(
    code="FileNotAPicture",
    what="{name} is not a picture: Slack calls it {kind}.",
    advice="Post a JPEG, PNG, WebP, GIF, BMP or TIFF.",
)
TOO_LARGE = ErrorText(
    code="FileTooLarge",
    what="{name} is too large: more than {most} MB.",
    advice="Post a smaller version of it.",
)
GONE = ErrorText(
    code="FileGone",
    what="{name} is gone, or I am not in the channel it was posted in.",
    advice="Post the picture again, to me or where I am a member.",
)
UNREADABLE = ErrorText(
    code="FileNotReadable",
    what="Slack does not let me read {name}.",
    why="It answered with its login page instead of the picture.",
    advice="Ask an admin to reinstall the app with the scope `files:read`.",
)
UNREACHED = ErrorText(
    code="FileNotFetched", what="The picture cannot be fetched from Slack ({reason})"
)
BUSY = ErrorText(code="FileHostBusy", what="Slack's file host answered {status}")


def pictures_of(files: Iterable[Mapping[str, Any]] | None) -> tuple[Picture, ...]:
    """Return the pictures and other files in a message's `files`, without deleted ones."""
    return tuple(
        Picture(
            file=str(file["id"]),
            name=file_name(str(file.get("name") or file.get("title") or file["id"])),
        )
        for file in files or ()
        if file.get("id") and file.get("mode") != "tombstone"
    )


def thread_pictures(client: WebClient, channel: str, thread: str) -> tuple[Picture, ...]:
    """Return the pictures of a thread, newest message with pictures first; () when it has none.

    Raises:
        NotAllowedError: the bot may not read the conversation; says which scope is missing.
        TemporaryError: Slack cannot be reached or asks to wait.
    """
    try:
        answer = mapped(lambda: client.conversations_replies(channel=channel, ts=thread, limit=100))
    except (NotWritableError, ServiceRefusedError) as error:
        needed = error.evidence[0] if isinstance(error, UserError) and error.evidence else HISTORY
        raise NotAllowedError(THREAD_UNREADABLE, scope=needed) from error
    for message in reversed(answer.get("messages") or []):
        found = pictures_of(message.get("files"))
        if found:
            return found
    return ()


class SlackPictures:
    """Implements `services.progress.Pictures`.

    The bot's token is sent to Slack's file host (or the host of another configured API), and
    nowhere else: a file's address comes from outside.

    Args:
        client: of the bot.
    """

    def __init__(self, client: WebClient) -> None:
        self._client = client
        base = urlsplit(client.base_url)
        self._trusted = {("https", FILES_HOST)}
        if not str(base.hostname or "").endswith("slack.com"):
            self._trusted.add((base.scheme, base.netloc))

    def fetch(self, picture: Picture, limit: int) -> bytes:
        """Return the picture's bytes, at most `limit`.

        Raises:
            UserError: gone, not a picture, too large, or the bot may not read it.
            TemporaryError: Slack cannot be reached or asks to wait.
        """
        file = self._info(picture)
        url = _address(file, picture, limit)
        parts = urlsplit(url)
        if (parts.scheme, parts.netloc) not in self._trusted:
            raise NotAllowedError(ODD_ADDRESS, name=picture.name, code=ELSEWHERE.code)
        try:
            return self._download(url, picture, limit)
        except requests.RequestException as error:
            raise TemporaryError(UNREACHED, reason=type(error).__name__) from error

    def _info(self, picture: Picture) -> dict[str, Any]:
        try:
            answer = mapped(lambda: self._client.files_info(file=picture.file))
        except NotWritableError as error:
            raise _gone(picture) from error
        except ServiceRefusedError as error:
            if error.code == "missing_scope":
                raise _unreadable(picture) from error
            raise _gone(picture) from error
        return dict(answer["file"])

    def _download(self, url: str, picture: Picture, limit: int) -> bytes:
        headers = {"Authorization": f"Bearer {self._client.token}"}
        with requests.get(
            url, headers=headers, allow_redirects=False, stream=True, timeout=TIMEOUT
        ) as answer:
            _check(answer, picture)
            content = bytearray()
            for chunk in answer.iter_content(CHUNK):
                content += chunk
                if len(content) > limit:
                    raise _too_large(picture, limit)
        if bytes(content[:200]).lstrip().lower().startswith(HTML):
            raise _unreadable(picture)
        return bytes(content)


def _address(file: Mapping[str, Any], picture: Picture, limit: int) -> str:
    """Return its address: Slack's reduced picture where the whole is too large or unreadable."""
    if file.get("mode") in AWAY or file.get("is_external"):
        if file.get("mode") == "tombstone":
            raise _gone(picture)
        raise NotAllowedError(ELSEWHERE, name=picture.name)
    kind = str(file.get("mimetype") or "")
    if kind and not kind.startswith("image/") and kind != "application/octet-stream":
        raise InvalidInputError(NO_PICTURE, name=picture.name, kind=kind, field="pictures")
    size = int(file.get("size") or 0)
    reduced = str(file.get("thumb_1024") or file.get("thumb_720") or "")
    if reduced and (kind in REDUCED or size > BIG):
        return reduced
    if size > limit:
        raise _too_large(picture, limit)
    url = str(file.get("url_private_download") or file.get("url_private") or "")
    if not url:
        raise _gone(picture)
    return url


def _check(answer: requests.Response, picture: Picture) -> None:
    if answer.status_code in http.BUSY:
        raise TemporaryError(
            BUSY,
            status=answer.status_code,
            retry_after=http.retry_after(answer.headers),
        )
    if answer.status_code == requests.codes.not_found:
        raise _gone(picture)
    kind = answer.headers.get("Content-Type", "")
    if answer.status_code != requests.codes.ok or kind.startswith("text/html"):
        raise _unreadable(picture)


def _gone(picture: Picture) -> NotFoundError:
    return NotFoundError(GONE, name=picture.name)


def _unreadable(picture: Picture) -> NotAllowedError:
    return NotAllowedError(UNREADABLE, name=picture.name)


def _too_large(picture: Picture, limit: int) -> InvalidInputError:
    return InvalidInputError(TOO_LARGE, name=picture.name, most=limit // MEBIBYTE, field="pictures")
