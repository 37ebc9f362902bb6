"""Reads one Hub: what a repository is, which ones match some words, and their licences."""

from __future__ import annotations

import hashlib
import json
import logging
import threading
from collections.abc import Iterator
from contextlib import AbstractContextManager
from functools import partial
from typing import TYPE_CHECKING, Any, Literal

from services.errors import NotAllowedError, NotFoundError, ServiceError, Suggestion
from services.huggingface.errors import translated
from services.huggingface.files import Place, chunks
from services.huggingface.guard import client_factory
from services.huggingface.repository import model_in
from services.models import HubModel, LicenceText

log = logging.getLogger(__name__)

if TYPE_CHECKING:
    from huggingface_hub import HfApi
    from huggingface_hub.hf_api import ExpandModelProperty_T

PUBLIC = "https://huggingface.co"
SUGGESTED = 3
SEARCHED: tuple[ExpandModelProperty_T, ...] = (
    "sha", "pipeline_tag", "gated", "cardData", "tags", "siblings", "config", "downloads",
)  # fmt: skip
LONGEST_DOCUMENT = 16 * 2**20  # bytes; the index of the largest known model has 9 MB
LONGEST_LICENCE = 256 * 1024  # bytes of a licence that are read; the longest usual one has 35 KB


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
        self._token: str | Literal[False] = token or False
        self._seconds = seconds
        self._lock = threading.Lock()
        self._client: HfApi | None = None

    def model(self, hub_id: str) -> HubModel:
        """Return what the Hub says of a repository, under its present name.

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
            with self._translated(hub_id):
                info = api.model_info(hub_id, files_metadata=True, token=self._token)
        except NotFoundError as error:
            suggestions = self._similar(hub_id)
            if not suggestions:
                raise
            raise error.replace(suggestions=suggestions) from error
        renamed = hub_id if hub_id.casefold() != info.id.casefold() else None
        with self._translated(info.id):
            access = not info.gated or self._admitted(api, info.id)
        read = partial(self._document, info.id, info.sha or "") if access else None
        with self._translated(info.id):
            page = self.page(info.id)
            return model_in(info, page, access=access, renamed_from=renamed, read=read)

    def revision(self, hub_id: str) -> HubModel:
        """Return what the Hub says of a repository right now, without looking into its files.

        Raises:
            UserError: as `model`.
            TemporaryError: busy, unreachable, or a passing fault.
        """
        api = self._api()
        with self._translated(hub_id):
            info = api.model_info(hub_id, files_metadata=True, token=self._token)
            access = not info.gated or self._admitted(api, info.id)
            return model_in(info, self.page(info.id), access=access)

    def search(self, words: str, limit: int, *, task: str = "") -> tuple[HubModel, ...]:
        """Return public repositories whose name matches, most downloaded first.

        `task` is one of the Hub's pipeline tags; "" for any.
        Sizes are not part of this answer (`size_bytes` is 0), and `access` of a gated one is False
        without asking.

        Raises:
            ServiceRefusedError: the Hub refuses.
            NotAllowedError: the Hub refuses our token.
            TemporaryError: busy, unreachable, or a passing fault.
        """
        api = self._api()
        with self._translated(words):
            found = api.list_models(
                search=words or None,
                pipeline_tag=task or None,
                sort="downloads",
                limit=limit,
                expand=list(SEARCHED),
                token=self._token,
            )
            return tuple(
                model_in(info, self.page(info.id), access=not info.gated) for info in found
            )

    def licence(self, model: HubModel) -> LicenceText:
        """Return what a user of that model agrees to: the repository's text if it can be had.

        Raises:
            ServiceRefusedError: the Hub refuses.
            TemporaryError: busy, unreachable, or a passing fault.
        """
        if model.licence_file and model.access:
            try:
                with self._translated(model.id):
                    return LicenceText(sha256=self._read(model), file=model.licence_file)
            except (NotFoundError, NotAllowedError):
                pass  # gone, or not for us: its name and link are what there is
        named = f"{model.license or ''}\n{model.license_url or ''}"
        return LicenceText(sha256=hashlib.sha256(named.encode()).hexdigest())

    def page(self, hub_id: str) -> str:
        """Return the address of a repository's page."""
        return f"{self._endpoint}/{hub_id}"

    def _translated(self, name: str) -> AbstractContextManager[None]:
        return translated(name, self.page(name))

    def _read(self, model: HubModel) -> str:
        """SHA-256 of the licence's text; nothing is kept.

        Of a longer one than 256 KB the rest is not read: with each revision it counts as another.
        """
        digest, read = hashlib.sha256(), 0
        for chunk in self._chunks(model.id, model.sha, model.licence_file, LONGEST_LICENCE):
            digest.update(chunk)
            read += len(chunk)
        if read == LONGEST_LICENCE:
            digest.update(model.sha.encode())
        return digest.hexdigest()

    def _chunks(self, hub_id: str, sha: str, path: str, limit: int) -> Iterator[bytes]:
        self._api()  # sets up the client that limits every request
        place = Place(endpoint=self._endpoint, repository=hub_id, revision=sha, path=path)
        return chunks(place, self._token or None, limit)

    def _document(self, hub_id: str, sha: str, path: str) -> dict[str, Any] | None:
        """Return a JSON file of a repository; None where it cannot be had, or is none."""
        try:
            with self._translated(hub_id):
                text = b"".join(self._chunks(hub_id, sha, path, LONGEST_DOCUMENT))
            document = json.loads(text)
        except (ServiceError, ValueError, RecursionError) as error:
            log.info("%s of %s could not be read: %s", path, hub_id, error)
            return None
        return document if isinstance(document, dict) else None

    def _similar(self, hub_id: str) -> tuple[Suggestion, ...]:
        try:
            found = self.search(hub_id.rsplit("/", maxsplit=1)[-1], SUGGESTED)
        except ServiceError:  # suggestions are an extra; the missing model is what matters
            return ()
        return tuple(Suggestion(verb="import", argument=model.id) for model in found)

    def _admitted(self, api: HfApi, hub_id: str) -> bool:
        """Tell whether our token (or nobody in particular) may download from a gated repository."""
        from huggingface_hub.errors import RepositoryNotFoundError  # noqa: PLC0415 - see _api

        try:
            api.auth_check(hub_id, token=self._token)
        except RepositoryNotFoundError:  # also a gated one that does not know us
            return False
        return True

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
                set_client_factory(client_factory(self._endpoint, self._seconds))
                self._client = HfApi(
                    endpoint=self._endpoint, token=self._token, library_name="aml-bot"
                )
            return self._client
