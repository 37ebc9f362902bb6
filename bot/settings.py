"""Everything the bot reads from its environment, once; each problem is a sentence with its fix."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Literal, NamedTuple, Self
from urllib.parse import unquote

from platformdirs import user_data_path
from pydantic import (
    Field,
    SecretStr,
    ValidationError,
    ValidationInfo,
    field_validator,
    model_validator,
)
from pydantic_settings import BaseSettings, SettingsConfigDict

from bot.values import (
    Address,
    AzureName,
    Certificate,
    ChannelId,
    Factor,
    People,
    Registries,
    Seconds,
    Token,
    Words,
)

AZURE_VARIABLES = ("AZURE_SUBSCRIPTION_ID", "AZURE_RESOURCE_GROUP", "AZUREML_WORKSPACE_NAME")
AZURE_SECRETS = (  # read by azure-identity itself
    "AZURE_CLIENT_SECRET",
    "AZURE_CLIENT_CERTIFICATE_PASSWORD",
    "AZURE_PASSWORD",
)
HOURS = 3600.0
TELLING = 4  # characters of a password; less would hide half of every line
AMOUNT = re.compile(r"[1-9][0-9]{0,4}")
UNITS = {"m": 60.0, "h": HOURS, "d": 24 * HOURS}

NOT_YET = "is not there yet: {meanwhile}; leave it out"
OR_OFF = "write it like 6h or 1d, or off"
DOTENV_UNREADABLE = "{file} cannot be read: {reason}."
NOT_TEXT = "it is no UTF-8 text"
ALL_OR_NONE, AND = "{missing} missing: set all three, or none of them", " and "


class _Unused(NamedTuple):
    """A setting whose feature is still to come: its default as written, and what is meanwhile."""

    written: str
    meanwhile: str


NOT_THERE_YET = {
    "aml_bot_default_ttl": _Unused("none", "endpoints run until somebody deletes them"),
    "aml_bot_url_allow": _Unused("", "pictures come as files, never from addresses"),
}


class ConfigurationError(Exception):
    """The environment does not describe a bot that can run; `problems` has a sentence for each."""

    def __init__(self, problems: tuple[str, ...]) -> None:
        super().__init__("; ".join(problems))
        self.problems = problems


class Settings(BaseSettings):
    """One frozen value; field names in upper case are the names of the environment variables."""

    model_config = SettingsConfigDict(frozen=True, extra="ignore", env_ignore_empty=True)

    slack_bot_token: Token | None = None
    slack_app_token: Token | None = None
    slack_signing_secret: Token | None = None
    slack_api_url: Address | None = None

    azure_subscription_id: AzureName | None = None
    azure_resource_group: AzureName | None = None
    azureml_workspace_name: AzureName | None = None
    azureml_registries: Registries = ("azureml", "azureml-meta", "HuggingFace")
    aml_bot_azure_url: Address | None = None
    aml_bot_azure_token: Token | None = None
    aml_bot_azure_ca: Certificate | None = None
    aml_bot_catalog_url: Address | None = None
    aml_bot_catalog_refresh: float | None = 6 * HOURS
    aml_bot_blob_url: Address | None = None

    hf_endpoint: Address | None = None
    hf_token: Token | None = None

    aml_bot_database_url: SecretStr | None = None
    aml_bot_data_dir: Path = Field(default_factory=lambda: user_data_path("aml-bot"))
    aml_bot_operators: People = ()
    aml_bot_channel: ChannelId | None = None
    aml_bot_import_compute: AzureName = "model-import-cluster"
    aml_bot_keep_days: int = Field(default=90, ge=1, le=3650)
    aml_bot_default_ttl: None = None
    aml_bot_url_allow: Words = ()
    aml_bot_time_scale: Factor = 1.0
    aml_bot_time_offset: Seconds = 0.0
    aml_bot_patience: Factor = 1.0
    aml_bot_log_level: Literal["DEBUG", "INFO", "WARNING", "ERROR"] = "INFO"
    aml_bot_log_format: Literal["text", "json"] = "text"

    @field_validator("azureml_registries", "aml_bot_operators", mode="before")
    @classmethod
    def _split(cls, value: object) -> object:
        if isinstance(value, str):
            return tuple(word for part in value.split(",") if (word := part.strip()))
        return value

    @field_validator(*NOT_THERE_YET, mode="before")
    @classmethod
    def _default_only(cls, value: object, field: ValidationInfo) -> object:
        """Refuse what nothing reads: somebody would rely on it."""
        unused = NOT_THERE_YET[str(field.field_name)]
        default = cls.model_fields[str(field.field_name)].default
        if value == default or str(value).strip().lower() == unused.written:
            return default
        raise ValueError(NOT_YET.format(meanwhile=unused.meanwhile))

    @field_validator("aml_bot_catalog_refresh", mode="before")
    @classmethod
    def _interval(cls, value: object) -> object:
        off = isinstance(value, str) and value.strip().lower() == "off"
        return None if off else _seconds(value, OR_OFF)

    @field_validator("aml_bot_log_level", mode="before")
    @classmethod
    def _upper(cls, value: object) -> object:
        return value.upper() if isinstance(value, str) else value

    @model_validator(mode="after")
    def _whole(self) -> Self:
        given = [bool(getattr(self, name.lower())) for name in AZURE_VARIABLES]
        if any(given) and not all(given):
            missing = [
                name for name, there in zip(AZURE_VARIABLES, given, strict=True) if not there
            ]
            raise ValueError(ALL_OR_NONE.format(missing=AND.join(missing)))
        return self

    @property
    def azure_configured(self) -> bool:
        return bool(self.azureml_workspace_name)

    @classmethod
    def read(cls, dotenv: Path | None = None) -> Settings:
        """Read the environment, and `.env` below it where a path is given.

        Raises:
            ConfigurationError: a sentence for each value that cannot be used.
        """
        try:
            return cls(_env_file=dotenv)
        except ValidationError as error:
            raise ConfigurationError(tuple(map(_sentence, error.errors()))) from None
        except (OSError, UnicodeDecodeError) as error:
            raise ConfigurationError(
                (DOTENV_UNREADABLE.format(file=dotenv, reason=_why(error)),)
            ) from None

    def secrets(self) -> tuple[str, ...]:
        """Return every secret value, for the log's redaction."""
        values = (getattr(self, name) for name in type(self).model_fields)
        given = [value.get_secret_value() for value in values if isinstance(value, SecretStr)]
        return (*given, *_passwords(self.aml_bot_database_url))

    def has_slack(self) -> bool:
        """Tell whether there is a Slack app to run as."""
        return bool(self.slack_bot_token and (self.slack_app_token or self.slack_signing_secret))


def _why(error: OSError | UnicodeDecodeError) -> str:
    return error.strerror or "" if isinstance(error, OSError) else NOT_TEXT


def _passwords(url: SecretStr | None) -> Iterator[str]:
    """The password of a database address, and what a driver takes for it or for a host."""
    if url is None:
        return
    login = url.get_secret_value().partition("://")[2].rpartition("@")[0]
    password = login.partition(":")[2]
    for part in {password, unquote(password), *password.split("@")}:
        if len(part) >= TELLING:
            yield part


def _seconds(value: object, advice: str) -> object:
    """`8h` in seconds; what is no text is left to pydantic."""
    if not isinstance(value, str):
        return value
    amount, unit = value.strip()[:-1], value.strip()[-1:].lower()
    if unit not in UNITS or not AMOUNT.fullmatch(amount):
        raise ValueError(advice)
    return int(amount) * UNITS[unit]


def _sentence(problem: Mapping[str, Any]) -> str:
    """One line without the value: it may be a secret."""
    place = ".".join(str(part) for part in problem["loc"]).upper()
    text = str(problem["msg"]).removeprefix("Value error, ")
    return f"{place}: {text}." if place else f"{text}."
