"""Pictures that people post: their bytes from Slack, or why there are none."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

import requests
from slack_sdk import WebClient

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
from services.progress import Fetched

log = logging.getLogger(__name__)

FILES_HOST = "files.slack.com"
TIMEOUT = (10.0, 30.0)
CHUNK = 64 * 1024
REDUCED = (1024, 960, 800, 720)  # pixels of the longer side of copies that Slack makes
LEAST_SIDE = 224  # pixels that models look at; less of a banner's copy is not enough
GIF = "image/gif"  # reduced, it would hide that it is an animation
BIG = 10 * 1024 * 1024  # of a GIF
ABROAD = frozenset({"external"})
GONE_ACCESS = frozenset({"file_not_found", "not_found"})
DENIED_ACCESS = frozenset({"access_denied", "no_access"})
HTML = (b"<!doctype html", b"<html")
MEBIBYTE = 2**20

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
HIDDEN = ErrorText(
    code="FileHidden",
    what="{name} is hidden by Slack.",
    why="This workspace has more files or older ones than its plan shows.",
    advice="Post the picture again.",
)
DENIED = ErrorText(
    code="FileDenied",
    what="Slack does not let me see {name}.",
    why="It was shared from a place that I have no access to.",
    advice="Download it and post the picture itself.",
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

    def fetch(self, picture: Picture, limit: int, *, original: bool = False) -> Fetched:
        """Return the picture's bytes, at most `limit`: of the copy that Slack made, if it did.

        Raises:
            UserError: gone, not a picture, too large, or the bot may not read it.
            TemporaryError: Slack cannot be reached or asks to wait.
        """
        file = self._info(picture)
        _check_kept(file, picture)
        reduced = "" if original else _reduced(file, limit)
        if reduced and self._is_trusted(reduced):
            try:
                return Fetched(content=self._download(reduced, picture, limit), reduced=True)
            except (UserError, TemporaryError) as error:
                log.info("%s: its smaller copy cannot be fetched: %s", picture.file, error)
        url = _address(file, picture, limit)
        if not self._is_trusted(url):
            raise NotAllowedError(ODD_ADDRESS, name=picture.name, code=ELSEWHERE.code)
        return Fetched(content=self._download(url, picture, limit))

    def _is_trusted(self, url: str) -> bool:
        try:
            parts = urlsplit(url)
        except ValueError:
            return False
        return (parts.scheme, parts.netloc) in self._trusted

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
        try:
            content = self._read(url, picture, limit)
        except requests.RequestException as error:
            raise TemporaryError(UNREACHED, reason=type(error).__name__) from error
        if content[:200].lstrip().lower().startswith(HTML):
            raise _unreadable(picture)
        return content

    def _read(self, url: str, picture: Picture, limit: int) -> bytes:
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
        return bytes(content)


def _check_kept(file: Mapping[str, Any], picture: Picture) -> None:
    """Refuse what Slack does not keep, does not show or does not call a picture.

    Raises:
        UserError: why, and what to do.
    """
    mode, access = file.get("mode"), file.get("file_access")
    if mode == "tombstone" or access in GONE_ACCESS:
        raise _gone(picture)
    if mode == "hidden_by_limit":
        raise NotAllowedError(HIDDEN, name=picture.name)
    if access in DENIED_ACCESS:
        raise NotAllowedError(DENIED, name=picture.name)
    if mode in ABROAD or file.get("is_external"):
        raise NotAllowedError(ELSEWHERE, name=picture.name)
    kind = _kind(file)
    if kind and not kind.startswith("image/") and kind != "application/octet-stream":
        raise InvalidInputError(NO_PICTURE, name=picture.name, kind=kind, field="pictures")


def _kind(file: Mapping[str, Any]) -> str:
    return str(file.get("mimetype") or "")


def _reduced(file: Mapping[str, Any], limit: int) -> str:
    """Return the address of the largest copy that Slack made, if it is good enough; else ""."""
    if _kind(file) == GIF and _number(file, "size") <= min(BIG, limit):
        return ""
    for side in REDUCED:
        url = str(file.get(f"thumb_{side}") or "")
        if url:
            return url if _is_enough(file, side) else ""
    return ""


def _is_enough(file: Mapping[str, Any], side: int) -> bool:
    """Whether the copy's shorter side has what models look at, or all that there is."""
    copy = min(_number(file, f"thumb_{side}_w"), _number(file, f"thumb_{side}_h"))
    whole = min(_number(file, "original_w"), _number(file, "original_h"))
    return copy == 0 or copy >= LEAST_SIDE or 0 < whole <= copy


def _number(file: Mapping[str, Any], name: str) -> int:
    """A size that Slack tells as a number or as its digits; 0 where it does not."""
    found = str(file.get(name) or "")
    return int(found) if found.isascii() and found.isdigit() else 0


def _address(file: Mapping[str, Any], picture: Picture, limit: int) -> str:
    """Return the address of what was posted."""
    if _number(file, "size") > limit:
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
