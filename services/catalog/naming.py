"""Which model somebody means: a name, a reference or an asset id, known here or looked up live."""

from __future__ import annotations

import re
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial

from services import planning
from services.azureml.client import AzureML
from services.errors import (
    NotAllowedError,
    NotConfiguredError,
    NotFoundError,
    ServiceRefusedError,
    TemporaryError,
    quoted,
)
from services.index import SNAPSHOT_DATE, CatalogIndex, Filters
from services.models import Model

SUGGESTED = 5
ASSET_ID = re.compile(
    r"azureml://registries/(?P<registry>[^/]+)/models/(?P<name>[^/]+)"
    r"(?:/(?:versions/(?P<version>[^/]+)|labels/[^/]+))?/?"
)
WORKSPACE_ASSET_ID = re.compile(
    r".+/workspaces/[^/]+/models/(?P<name>[\w.-]+)/versions/(?P<version>[\w.-]+)", re.IGNORECASE
)
AZURE_NAME = re.compile(r"[A-Za-z0-9][\w.-]{0,254}", re.ASCII)  # as Azure takes them
ONE_WORD = re.compile(r"[^\W\d_]+")  # nobody's whole name: a word to search for


@dataclass(frozen=True, slots=True, kw_only=True)
class _Reference:
    """What somebody called a model."""

    name: str
    registry: str | None = None
    version: str | None = None


class Naming:
    """Finds the one model that a text names.

    Args:
        index: looked into first.
        azureml: the workspace and its registries, asked for what the index does not have.
        today: gives the ISO date.
    """

    def __init__(self, index: CatalogIndex, azureml: AzureML, today: Callable[[], str]) -> None:
        self._index = index
        self._azureml = azureml
        self._today = today

    def model(self, text: str, *, verb: str = "card") -> Model:
        """The model somebody means: a name, `name:version`, `registry/name` or an asset id.

        Looks in the index, then in the workspace and the registries themselves.

        Args:
            text: as typed; case does not matter.
            verb: the command that suggestions are made for.

        Raises:
            NotFoundError: none, or several fit a single word; suggests the nearest.
        """
        ours = WORKSPACE_ASSET_ID.fullmatch(text.strip())
        if ours:  # not the registry's model of that name
            return self._azureml.models.workspace_model(ours["name"], ours["version"])
        wanted = self._reference(text)
        known = self._index.get(wanted.name, wanted.registry)
        if known is not None and wanted.version in {None, known.version}:
            return known
        if known is None and ONE_WORD.fullmatch(wanted.name) and not wanted.registry:
            found = self._by_word(wanted.name, verb)
            if found is not None:
                return found
        if known is not None:
            place = known.registry
            wanted = _Reference(name=known.name, registry=place, version=wanted.version)
            return self._version(wanted, verb)
        live, notes = self._live(wanted)
        if live is not None:
            return live
        raise self._unknown(text, wanted, verb, notes)

    def _reference(self, text: str) -> _Reference:
        text = text.strip().strip("`'\"")
        asset = ASSET_ID.fullmatch(text)
        if asset:
            return _Reference(**asset.groupdict())
        name, colon, version = text.rpartition(":")
        if not colon or not version.isdigit():
            name, version = text, ""
        owner, slash, rest = name.partition("/")
        registries = {one.lower(): one for one in self._azureml.registries}
        registries |= {one: registries.get(one, one) for one in self._index.values("registry")}
        registry = registries.get(owner.lower()) if slash else None
        if registry is None:  # a Hub id is known here by the name Azure gives it
            name = planning.model_name_of(name) if slash else name
            return _Reference(name=name, version=version or None)
        return _Reference(name=rest, registry=registry, version=version or None)

    def _by_word(self, word: str, verb: str) -> Model | None:
        """The one model with that word in its name, None when no name has it.

        Raises:
            NotFoundError: several have it.
        """
        filters, today = Filters(), self._today()
        matches = self._index.search(word, filters, today=today, limit=SUGGESTED).matches
        named = [match.model for match in matches if f"name: {word.lower()}" == match.why]
        if len(named) > 1:
            raise NotFoundError(
                f"Several models have {quoted(word)} in their name. Which one?",
                advice="Choose one, or give its whole name.",
                code="SeveralModels",
                suggestions=tuple(f"{verb} {model.name}" for model in named),
            )
        return named[0] if named else None

    def _version(self, wanted: _Reference, verb: str) -> Model:
        """Another version than the index knows, read from where the model is."""
        try:
            return self._at(wanted.registry, wanted)
        except NotConfiguredError as error:
            raise NotFoundError(
                f"Only the bundled version of {wanted.name} is known here, "
                f"not version {wanted.version}.",
                why=error.what,
                suggestions=(f"card {wanted.name}",),
            ) from error
        except NotFoundError as error:
            raise NotFoundError(
                f"{wanted.name} has no version {wanted.version} in {wanted.registry}.",
                advice="Leave the version out for the newest.",
                code="ModelNotFound",
                suggestions=(f"{verb} {wanted.name}",),
            ) from error

    def _live(self, wanted: _Reference) -> tuple[Model | None, tuple[str, ...]]:
        """The workspace and the registries asked side by side; and who could not answer."""
        places = (wanted.registry,) if wanted.registry else (None, *self._azureml.registries)
        with ThreadPoolExecutor(len(places), "find-model") as pool:
            answers = list(pool.map(partial(self._ask, wanted), places))
        found = next((answer for answer in answers if isinstance(answer, Model)), None)
        notes = dict.fromkeys(answer for answer in answers if isinstance(answer, str))
        return found, tuple(notes)

    def _ask(self, wanted: _Reference, place: str | None) -> Model | str | None:
        """The model, None when it is not there, or a sentence about why it is not known."""
        try:
            return self._at(place, wanted)
        except NotFoundError:
            return None
        except NotConfiguredError as error:
            return f"{error.what} Only the bundled snapshot of {SNAPSHOT_DATE} was searched."
        except (NotAllowedError, ServiceRefusedError, TemporaryError) as error:
            return error.what

    def _at(self, place: str | None, wanted: _Reference) -> Model:
        for part in (wanted.name, wanted.version):
            if part is not None and not AZURE_NAME.fullmatch(part):  # the SDK breaks on some
                raise NotFoundError(f"Azure has no names like {quoted(part)}.")
        if place is None:
            return self._azureml.models.workspace_model(wanted.name, wanted.version)
        return self._azureml.models.registry_model(place, wanted.name, wanted.version)

    def _unknown(
        self, text: str, wanted: _Reference, verb: str, notes: tuple[str, ...]
    ) -> NotFoundError:
        page = self._index.search(wanted.name, Filters(), today=self._today(), limit=SUGGESTED)
        fitting = bool(wanted.name) and not page.partial  # without words all models fit
        near = [match.model.name for match in page.matches] if fitting else []
        near = near or list(self._index.nearest(wanted.name, SUGGESTED))
        suggestions = [f"{verb} {name}" for name in near]
        if re.fullmatch(r"[\w.-]+/[\w.-]+", text.strip()):
            suggestions = [f"import {text.strip()}", *suggestions[: SUGGESTED - 1]]
        return NotFoundError(
            f"There is no model {quoted(text)}.",
            why=" ".join(notes),
            advice="Did you mean one of these?" if near else "Try `search` with one word.",
            code="ModelNotFound",
            suggestions=tuple(suggestions),
        )
