"""What the value of a setting may be; each refusal says how to write it, never what was written."""

from __future__ import annotations

import re
import ssl
from pathlib import Path
from typing import Annotated
from urllib.parse import urlsplit

from pydantic import AfterValidator, Field, SecretStr
from pydantic_settings import NoDecode

TOKEN = re.compile(r"[!-~]{1,10000}")
AZURE_NAME = re.compile(r"[\w.()-]{1,260}")
SLACK_PERSON = re.compile(r"[USW][A-Z0-9]{0,20}")
SLACK_PLACE = re.compile(r"#?[\w-]{1,80}")
PLAIN = re.compile(r"[!-~]+")
NOT_COPIED = "holds a space, a line break or a letter that no token has; copy it again"
NO_NAME = "write it as Azure does, with letters, digits and . _ - ( ) only"
NO_PERSON = (
    "write ids like U024BE7LH or S0614TZR7, with commas between (Copy member ID in a profile)"
)
NO_PLACE = "write the id of one channel, like C024BE91L"
NO_ADDRESS = "write an address like https://host:port/path, with no user, ? or # in it"
NO_CERTIFICATE = "the file holds no certificate in PEM form"
UNREADABLE = "the file cannot be read ({reason})"


def _token(value: SecretStr) -> SecretStr:
    if not TOKEN.fullmatch(value.get_secret_value()):
        raise ValueError(NOT_COPIED)
    return value


def _azure_name(value: str) -> str:
    if not AZURE_NAME.fullmatch(value):
        raise ValueError(NO_NAME)
    return value


def _people(value: tuple[str, ...]) -> tuple[str, ...]:
    if not all(map(SLACK_PERSON.fullmatch, value)):
        raise ValueError(NO_PERSON)
    return value


def _place(value: str) -> str:
    if not SLACK_PLACE.fullmatch(value):
        raise ValueError(NO_PLACE)
    return value


def _registries(value: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(map(_azure_name, value))


def _address(value: str) -> str:
    """Without a user and password, which would be shown wherever the address is."""
    try:
        parts = urlsplit(value)
        found = parts.scheme in {"https", "http"} and parts.hostname and parts.port != 0
    except ValueError:  # half an IPv6 address, a port that is no number
        raise ValueError(NO_ADDRESS) from None
    if (
        not found
        or not PLAIN.fullmatch(value)
        or parts.query
        or parts.fragment
        or "@" in parts.netloc
    ):
        raise ValueError(NO_ADDRESS)
    return value


def _certificate(value: Path) -> Path:
    try:
        ssl.create_default_context(cafile=str(value))
    except ssl.SSLError:
        raise ValueError(NO_CERTIFICATE) from None
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or "it is no path"
        raise ValueError(UNREADABLE.format(reason=reason)) from None
    return value


Token = Annotated[SecretStr, AfterValidator(_token)]
AzureName = Annotated[str, AfterValidator(_azure_name)]
Address = Annotated[str, AfterValidator(_address)]
Certificate = Annotated[Path, AfterValidator(_certificate)]
People = Annotated[tuple[str, ...], NoDecode, AfterValidator(_people)]
ChannelId = Annotated[str, AfterValidator(_place)]
Registries = Annotated[tuple[str, ...], NoDecode, AfterValidator(_registries)]
Words = Annotated[tuple[str, ...], NoDecode]
Factor = Annotated[float, Field(gt=0, le=1e6, allow_inf_nan=False)]
Seconds = Annotated[float, Field(ge=-1e15, le=1e15, allow_inf_nan=False)]
