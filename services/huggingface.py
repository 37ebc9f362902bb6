"""The Hugging Face Hub, read-only: what a repository is, and which ones match some words."""

from __future__ import annotations

import hashlib
import logging
import re
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from services import http
from services.errors import (
    InvalidInputError,
    NotAllowedError,
    NotFoundError,
    NotSupportedError,
    ServiceError,
    ServiceRefusedError,
    TemporaryError,
)
from services.models import HubModel, LicenceText

if TYPE_CHECKING:
    from huggingface_hub import HfApi, ModelInfo
    from huggingface_hub.errors import HfHubHTTPError
    from huggingface_hub.hf_api import ExpandModelProperty_T

PUBLIC = "https://huggingface.co"
CONNECT_SECONDS = 3.0
SUGGESTED = 3
SEARCHED: tuple[ExpandModelProperty_T, ...] = (
    "sha", "pipeline_tag", "gated", "cardData", "tags", "siblings", "config", "downloads",
)  # fmt: skip
LONGEST_LICENCE = 256 * 1024  # bytes of a licence that are read; the longest usual one has 35 KB
_WEIGHTS = (".safetensors", ".bin", ".onnx", ".h5", ".msgpack", ".ckpt", ".pt", ".pth", ".gguf")
_PICKLE = re.compile(
    r"(pytorch_model|training_args|adapter_model|optimizer)[^/]*\.bin$|\.(pt|pth|pkl|pickle|ckpt)$"
)
_LICENCE_FILE = re.compile(r"(licen[cs]e|copying)([._-][\w.-]*)?", re.IGNORECASE)


class Hub:
    """Client of one Hub.

    Args:
        endpoint: its address; None for huggingface.co.
        token: sent to this Hub only; None for none (a token that the machine has stored elsewhere
            is never used).
        seconds: how long an answer may take.
    """

    def __init__(self, endpoint: str | None, token: str | None, *, seconds: float = 10.0) -> None:
        self._endpoint = (endpoint or PUBLIC).rstrip("/")
        self._token: str | bool = token or False
        self._seconds = seconds
        self._lock = threading.Lock()
        self._client: HfApi | None = None

    def model(self, hub_id: str) -> HubModel:
        """What the Hub says of a repository, under its present name.

        Raises:
            InvalidInputError: not the form of an id.
            NotFoundError: no such repository, or a private one.
            NotAllowedError: the Hub refuses our token.
            NotSupportedError: the Hub has switched the repository off.
            ServiceRefusedError: another refusal.
            TemporaryError: busy, unreachable, or a passing fault.
        """
        api = self._api()
        try:
            with self._mapped(hub_id):
                info = api.model_info(hub_id, files_metadata=True, token=self._token)
        except NotFoundError as error:
            suggestions = self._similar(hub_id)
            if not suggestions:
                raise
            raise NotFoundError(
                error.what,
                why=error.why,
                advice=error.advice,
                code=error.code,
                suggestions=suggestions,
            ) from error
        with self._mapped(info.id):
            access = not info.gated or self._admitted(api, info.id)
        renamed = hub_id if hub_id.casefold() != info.id.casefold() else None
        with self._mapped(info.id):
            return self._described(info, access=access, renamed_from=renamed)

    def search(self, words: str, limit: int, *, task: str = "") -> tuple[HubModel, ...]:
        """Public repositories whose name matches, most downloaded first.

        `task` is one of the Hub's pipeline tags; "" for any.
        Sizes are not part of this answer (`size_bytes` is 0), and `access` of a gated one is False
        without asking.

        Raises:
            ServiceRefusedError: the Hub refuses.
            NotAllowedError: the Hub refuses our token.
            TemporaryError: busy, unreachable, or a passing fault.
        """
        api = self._api()
        with self._mapped(words):
            found = api.list_models(
                search=words or None,
                pipeline_tag=task or None,
                sort="downloads",
                limit=limit,
                expand=list(SEARCHED),
                token=self._token,
            )
            return tuple(self._described(info, access=not info.gated) for info in found)

    def licence(self, model: HubModel) -> LicenceText:
        """What somebody agrees to who uses that model: the text in the repository if it can be had.

        Raises:
            ServiceRefusedError: the Hub refuses.
            TemporaryError: busy, unreachable, or a passing fault.
        """
        if model.licence_file and model.access:
            try:
                with self._mapped(model.id):
                    return LicenceText(sha256=self._read(model), file=model.licence_file)
            except (NotFoundError, NotAllowedError):
                pass  # gone, or not for us: its name and link are what there is
        named = f"{model.license or ''}\n{model.license_url or ''}"
        return LicenceText(sha256=hashlib.sha256(named.encode()).hexdigest())

    def page(self, hub_id: str) -> str:
        """The address of a repository's page."""
        return f"{self._endpoint}/{hub_id}"

    def _read(self, model: HubModel) -> str:
        """SHA-256 of the licence's text, of no more than its first 256 KB; nothing is kept."""
        self._api()  # sets up the client that limits every request
        from huggingface_hub import get_session, hf_hub_url  # noqa: PLC0415 - see _api

        # Both are documented, though not marked as exported.
        from huggingface_hub.utils import (  # type: ignore[attr-defined]  # noqa: PLC0415
            build_hf_headers,
            hf_raise_for_status,
        )

        url = hf_hub_url(
            model.id, model.licence_file, revision=model.sha or None, endpoint=self._endpoint
        )
        headers = build_hf_headers(token=self._token, library_name="aml-bot")
        digest, left = hashlib.sha256(), LONGEST_LICENCE
        with get_session().stream("GET", url, headers=headers) as answer:
            hf_raise_for_status(answer)
            for chunk in answer.iter_bytes():
                digest.update(chunk[:left])
                left -= len(chunk[:left])
                if not left:
                    break
        return digest.hexdigest()

    def _similar(self, hub_id: str) -> tuple[str, ...]:
        try:
            found = self.search(hub_id.rsplit("/", maxsplit=1)[-1], SUGGESTED)
        except ServiceError:  # suggestions are an extra; the missing model is what matters
            return ()
        return tuple(f"import {model.id}" for model in found)

    def _admitted(self, api: HfApi, hub_id: str) -> bool:
        """Whether our token (or nobody in particular) may download from a gated repository."""
        from huggingface_hub.errors import RepositoryNotFoundError  # noqa: PLC0415 - see _api

        try:
            api.auth_check(hub_id, token=self._token)
        except RepositoryNotFoundError:  # also a gated one that does not know us
            return False
        return True

    def _described(
        self, info: ModelInfo, *, access: bool, renamed_from: str | None = None
    ) -> HubModel:
        files = info.siblings or []
        names = [file.rfilename for file in files]
        return HubModel(
            id=info.id,
            sha=info.sha or "",
            task=info.pipeline_tag,
            license=_licence(info),
            license_url=_licence_url(info, self.page(info.id)),
            gated=str(info.gated) if info.gated else "",
            access=access,
            size_bytes=_size([(file.rfilename, file.size or 0) for file in files]),
            custom_code=_custom_code(info, names),
            pickles=tuple(name for name in names if _PICKLE.search(name)),
            renamed_from=renamed_from,
            private=bool(info.private),
            page=self.page(info.id),
            files_bytes=_total([file.size for file in files]),
            safe_weights=any(name.endswith(".safetensors") for name in names),
            licence_file=next((name for name in names if _LICENCE_FILE.fullmatch(name)), ""),
            downloads=info.downloads,
        )

    def _api(self) -> HfApi:
        """The SDK's client, made when it is first needed: importing it costs 0.4 s and 26 MB."""
        with self._lock:
            if self._client is None:
                from huggingface_hub import (  # noqa: PLC0415 - see above
                    HfApi,
                    constants,
                    set_client_factory,
                )

                # Without this the first call asks the Hub for a registry, for statistics only.
                constants.HF_HUB_DISABLE_TELEMETRY = True
                # It prints to stderr by itself, besides passing its records on.
                logging.getLogger("huggingface_hub").handlers.clear()
                logging.getLogger("httpx2").setLevel(logging.WARNING)
                set_client_factory(_client_factory(self._endpoint, self._seconds))
                self._client = HfApi(
                    endpoint=self._endpoint, token=self._token, library_name="aml-bot"
                )
            return self._client

    @contextmanager
    def _mapped(self, asked: str) -> Iterator[None]:
        """Turn what the SDK raises into our errors."""
        from huggingface_hub import errors  # noqa: PLC0415 - see _api

        # The documented way to the SDK's HTTP library, though not marked as exported.
        from huggingface_hub.utils import httpx  # type: ignore[attr-defined]  # noqa: PLC0415

        try:
            yield
        except _BusyError as error:
            what = f"The Hugging Face Hub is busy (HTTP {error.status})."
            raise TemporaryError(what, retry_after=error.retry_after) from error
        except errors.OfflineModeIsEnabled as error:
            raise TemporaryError(f"The Hugging Face Hub cannot be reached. {error}") from error
        except errors.HFValidationError as error:
            raise InvalidInputError(
                f"“{asked[:60]}” is not the name of a model on the Hugging Face Hub.",
                advice="Give `owner/name`, for example `google-bert/bert-base-uncased`.",
                field="id",
            ) from error
        except errors.HfHubHTTPError as error:
            raise self._refusal(asked, error) from error
        except (httpx.HTTPError, ValueError, TypeError, KeyError, AttributeError) as error:
            # The SDK trusts answers: a web page or another shape surfaces as one of these.
            what = "The Hugging Face Hub answered with something that is not its API."
            raise TemporaryError(what) from error

    def _refusal(self, asked: str, error: HfHubHTTPError) -> ServiceError:
        from huggingface_hub import errors  # noqa: PLC0415 - see _api

        status = error.response.status_code
        if isinstance(error, errors.GatedRepoError):
            return NotAllowedError(
                f"{asked} is gated: its owner decides who may use it.",
                advice=f"Ask for access at {self.page(asked)} and set HF_TOKEN to a token of that "
                "account.",
                code="Gated",
            )
        if isinstance(error, errors.RepositoryNotFoundError):
            return NotFoundError(
                f"The Hugging Face Hub has no model {asked} that the bot can see.",
                why="It is misspelt, private or was removed.",
                advice="Copy the name from its page, `owner/name`.",
                code="HubModelNotFound",
            )
        if isinstance(error, errors.EntryNotFoundError):
            return NotFoundError(
                f"{asked} has no such file any more.",
                advice="Try again: it was changed just now.",
                code="HubFileNotFound",
            )
        if isinstance(error, errors.DisabledRepoError):
            return NotSupportedError(
                f"The Hugging Face Hub has disabled {asked}.",
                advice="Choose another model.",
                code="HubModelDisabled",
            )
        if status == 401:  # noqa: PLR2004 - Unauthorized
            return NotAllowedError(
                "The Hugging Face Hub does not accept the bot's token.",
                advice="An operator should renew HF_TOKEN, or unset it for public models.",
                code="HubTokenRefused",
            )
        return ServiceRefusedError(
            f"The Hugging Face Hub refused the request (HTTP {status}).",
            why=error.server_message or "",
            code="HubRefused",
        )


class _BusyError(Exception):
    """The Hub asks to come back later; `retry_after` seconds, 0 where it does not say."""

    def __init__(self, status: int, retry_after: float) -> None:
        super().__init__(f"HTTP {status}")
        self.status = status
        self.retry_after = retry_after


def _client_factory(endpoint: str, seconds: float) -> Callable[[], Any]:
    """Makes the HTTP client that the SDK shares between all its calls.

    The SDK itself sets no time limit on most calls, retries a dead network for 23 s, and closes the
    shared client under other threads when it does. A client that limits every request, and answers
    all of this with exceptions which the SDK does not retry, keeps calls within their limits.
    """
    from huggingface_hub import constants  # noqa: PLC0415 - see Hub._api
    from huggingface_hub.errors import OfflineModeIsEnabled  # noqa: PLC0415

    # The documented way to the SDK's HTTP library, though not marked as exported.
    from huggingface_hub.utils import httpx  # type: ignore[attr-defined]  # noqa: PLC0415

    limits = dict.fromkeys(("read", "write", "pool"), seconds)
    limits["connect"] = min(CONNECT_SECONDS, seconds)

    class Guard(httpx.Client):
        def send(self, request: httpx.Request, **options: Any) -> httpx.Response:  # noqa: ANN401 - passed on
            if constants.is_offline_mode():
                raise OfflineModeIsEnabled("HF_HUB_OFFLINE is set.")
            asked = request.extensions.get("timeout") or {}
            request.extensions["timeout"] = {
                name: min(asked.get(name) or limit, limit) for name, limit in limits.items()
            }
            try:
                response = super().send(request, **options)
            except httpx.TransportError as error:
                said = f"{request.url.host} did not answer ({type(error).__name__})."
                raise OfflineModeIsEnabled(said) from error
            if response.status_code in http.BUSY:
                response.close()
                raise _BusyError(response.status_code, http.retry_after(response.headers))
            return response

    # Proxies of the environment are for the world outside.
    outside = urlsplit(endpoint).hostname not in {"127.0.0.1", "localhost", "::1"}
    return lambda: Guard(follow_redirects=True, trust_env=outside)


def _licence(info: ModelInfo) -> str | None:
    """As the card states it, else as the tags do; None when nobody states one."""
    card = info.card_data
    stated = card.get("license") if card else None
    if isinstance(stated, list):
        stated = ", ".join(map(str, stated)) or None
    if stated == "other" and card and card.get("license_name"):
        stated = card.get("license_name")
    tagged = (tag.removeprefix("license:") for tag in info.tags or () if tag.startswith("license:"))
    return str(stated) if stated else next(tagged, None)


def _licence_url(info: ModelInfo, page: str) -> str | None:
    """The licence's own address where the card gives one, else the model's page."""
    link = info.card_data.get("license_link") if info.card_data else None
    if isinstance(link, str) and re.fullmatch(r"https?://[^\s<>|]{1,500}", link):
        return link
    if isinstance(link, str) and re.fullmatch(r"[\w./-]+", link):
        return f"{page}/blob/main/{link.lstrip('./')}"
    return page if _licence(info) else None


def _size(files: Sequence[tuple[str, int]]) -> int:
    """Bytes of the weights in the one format that is loaded, safetensors first; 0 if not stated."""
    for suffix in _WEIGHTS:
        size = sum(size for name, size in files if name.endswith(suffix))
        if size:
            return size
    return 0


def _total(sizes: Sequence[int | None]) -> int:
    """Bytes of all files; 0 where the Hub leaves one out."""
    known = [size for size in sizes if size is not None]
    return sum(known) if len(known) == len(sizes) else 0


def _custom_code(info: ModelInfo, names: Sequence[str]) -> tuple[str, ...]:
    """What would run as code of the repository's own."""
    files = tuple(name for name in names if name.endswith(".py"))
    marked = "custom_code" in (info.tags or ()) or "auto_map" in (info.config or {})
    return files or (("config.json (auto_map)",) if marked else ())
