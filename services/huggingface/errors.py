"""The seam where the SDK's exceptions become ours."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from services import diagnosis
from services.errors import (
    ErrorText,
    InvalidInputError,
    NotAllowedError,
    NotFoundError,
    NotSupportedError,
    ServiceError,
    ServiceRefusedError,
    TemporaryError,
)
from services.huggingface.guard import BusyError

if TYPE_CHECKING:
    from huggingface_hub.errors import HfHubHTTPError

LONGEST_NAME = 60  # characters of what was asked for that are shown

BUSY = ErrorText(code="HubBusy", what="The Hugging Face Hub is busy (HTTP {status}).")
UNREACHED = ErrorText(code="HubUnreached", what="The Hugging Face Hub cannot be reached. {reason}")
NO_ID = ErrorText(
    code="NotAHubName",
    what="“{name}” is not the name of a model on the Hugging Face Hub.",
    advice="Give `owner/name`, for example `google-bert/bert-base-uncased`.",
)
NOT_ITS_API = ErrorText(
    code="HubAnswerUnknown",
    what="The Hugging Face Hub answered with something that is not its API.",
)
GATED = ErrorText(
    code="Gated",
    what="{name} is gated: its owner decides who may use it.",
    advice="Ask for access at {page} and set HF_TOKEN to a token of that account.",
)
NO_MODEL = ErrorText(
    code="HubModelNotFound",
    what="The Hugging Face Hub has no model {name} that the bot can see.",
    why="It is misspelt, private or was removed.",
    advice="Copy the name from its page, `owner/name`.",
)
NO_FILE = ErrorText(
    code="HubFileNotFound",
    what="{name} has no such file any more.",
    advice="Try again: it was changed just now.",
)
DISABLED = ErrorText(
    code="HubModelDisabled",
    what="The Hugging Face Hub has disabled {name}.",
    advice="Choose another model.",
)
TOKEN_REFUSED = ErrorText(
    code="HubTokenRefused",
    what="The Hugging Face Hub does not accept the bot's token.",
    advice="An operator should renew HF_TOKEN, or unset it for public models.",
)
REFUSED = ErrorText(
    code="HubRefused",
    what="The Hugging Face Hub refused the request (HTTP {status}).",
    why="{said}",
    advice="Try again later; the Hub's support finds the request by the id below.",
)
FORBIDDEN = ErrorText(
    code="HubForbidden",
    what="The Hugging Face Hub does not let the bot read {name}.",
    why="{said}",
    advice="Use a token in HF_TOKEN that may read it: a fine-grained one needs access to gated "
    "repositories and to its owner's.",
)
REQUEST = "The Hub's request {id}"


@contextmanager
def translated(name: str, page: str) -> Iterator[None]:
    """Run calls of the SDK about what was asked for by that name, whose page that is.

    Raises:
        InvalidInputError: not the form of an id.
        NotFoundError: no such repository or file, or a private one.
        NotAllowedError: gated, or our token is refused.
        NotSupportedError: the Hub has switched the repository off.
        ServiceRefusedError: another refusal.
        TemporaryError: busy, unreachable, or a passing fault.
    """
    from huggingface_hub import errors  # noqa: PLC0415 - see client.Hub._api

    # The documented way to the SDK's HTTP library, though not marked as exported.
    from huggingface_hub.utils import httpx  # type: ignore[attr-defined]  # noqa: PLC0415

    try:
        yield
    except BusyError as error:
        raise TemporaryError(BUSY, status=error.status, retry_after=error.retry_after) from error
    except errors.OfflineModeIsEnabled as error:
        raise TemporaryError(UNREACHED, reason=str(error)) from error
    except errors.HFValidationError as error:
        raise InvalidInputError(NO_ID, name=name[:LONGEST_NAME], field="id") from error
    except errors.HfHubHTTPError as error:
        raise _refusal(name, page, error) from error
    except (httpx.HTTPError, ValueError, TypeError, KeyError, AttributeError) as error:
        # The SDK trusts answers: a web page or another shape surfaces as one of these.
        raise TemporaryError(NOT_ITS_API) from error


def _refusal(name: str, page: str, error: HfHubHTTPError) -> ServiceError:
    from huggingface_hub import errors  # noqa: PLC0415 - see client.Hub._api

    if isinstance(error, errors.GatedRepoError):
        return NotAllowedError(GATED, name=name, page=page)
    if isinstance(error, errors.RepositoryNotFoundError):
        return NotFoundError(NO_MODEL, name=name)
    if isinstance(error, errors.EntryNotFoundError):
        return NotFoundError(NO_FILE, name=name)
    if isinstance(error, errors.DisabledRepoError):
        return NotSupportedError(DISABLED, name=name)
    return _other(name, error)


def _other(name: str, error: HfHubHTTPError) -> ServiceError:
    """Return the error for what the SDK has no class for."""
    status = error.response.status_code
    if status == 401:  # noqa: PLR2004 - Unauthorized
        return NotAllowedError(TOKEN_REFUSED)
    said = diagnosis.sentence(error.server_message or "")
    if status == 403:  # noqa: PLR2004 - Forbidden
        return NotAllowedError(FORBIDDEN, name=name, said=said)
    request = (REQUEST.format(id=error.request_id[:100]),) if error.request_id else ()
    return ServiceRefusedError(REFUSED, status=status, said=said, evidence=request)
