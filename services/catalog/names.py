"""Which model somebody means: a name, a link or an asset id, known here or looked up live."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from functools import partial

from services import planning, spelling
from services.azureml.client import AzureML
from services.catalog.references import Reference, is_hub_id, linked, meant
from services.errors import (
    ErrorText,
    NotAllowedError,
    NotConfiguredError,
    NotFoundError,
    ServiceRefusedError,
    Suggestion,
    TemporaryError,
    quoted,
)
from services.index import SNAPSHOT_DATE, CatalogIndex, parse_query
from services.models import AssetId, Model

SUGGESTED = 5
SHORTEST = 3  # letters that one of the words of a name has
WORDS = re.compile(
    r"[^\W\d_]++|[^\W_]++(?: [^\W_]++)++"
)  # nobody's whole name: words to search for
LIKE_A_NAME = re.compile(
    r"[^\s\d_/:.-]*+[-_/:.\d]\S*+"
)  # rather a name than a word of plain speech
BETWEEN = re.compile(r"[,;\n]")
JOINING = frozenset({"and", "&", "or", "vs", "vs.", "versus", "with"})
GUID = re.compile(r"[0-9a-f-]{36}", re.IGNORECASE)
NO_MODEL = ErrorText(
    code="ModelNotFound",
    what="There is no model {name}.",
    why="{unasked}",
    advice="Try `search` with one word.",
)
NO_MODEL_BUT = ErrorText(
    code="ModelNotFoundButNear",
    what="There is no model {name}.",
    why="{unasked}",
    advice="Did you mean one of these?",
)
NO_VERSION = ErrorText(
    code="ModelVersionNotFound",
    what="{name} has no version {version} in {registry}.",
    advice="Leave the version out for the newest.",
)
ONLY_BUNDLED = ErrorText(
    code="OnlyBundledVersion",
    what="Only the bundled version of {name} is known here, not version {version}.",
    why="{reason}",
)
SEVERAL_NAMED = ErrorText(
    code="SeveralModels",
    what="Several models have {words} in their name. Which one?",
    advice="Choose one, or give its whole name.",
)
SEVERAL_MADE = ErrorText(
    code="SeveralModelsOfRepository",
    what="Several models are made from {repository} of the Hub. Which one?",
    advice="Choose one.",
)
OTHER_WORKSPACE = ErrorText(
    code="OtherWorkspace",
    what="{name} is a model of the workspace {theirs}.",
    why="I work in the workspace {ours} and see only its models.",
    advice="Share it through a registry, or search for it here.",
)
NO_SUCH_NAME = ErrorText(code="ModelNameImpossible", what="Azure has no names like {name}.")
SNAPSHOT_ONLY = "{reason} Only the bundled snapshot of {date} was searched."


class Names:
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
        """Return the model meant by a name, `name:version`, `registry/name`, an id or a link.

        Looks in the index, then in the workspace and the registries themselves.

        Args:
            text: as typed; case does not matter.
            verb: the command that suggestions are made for.

        Raises:
            NotFoundError: none, or several fit; suggests the nearest.
        """
        wanted = self._reference(text)
        if wanted.ours:  # not the registry's model of that name
            return self._own(wanted)
        known = self._known(wanted, verb)
        if known is not None and wanted.version in {None, known.version}:
            return known
        if known is None and WORDS.fullmatch(wanted.name) and not wanted.registry:
            found = self._by_words(wanted.name, verb)
            if found is not None:
                return found
        if known is not None:
            return self._version(replace(wanted, name=known.name, registry=known.registry), verb)
        live, notes = self._live(_azures(wanted))
        if live is not None:
            return live
        raise self._unknown(text, wanted, verb, notes)

    def known(self, text: str, *, verb: str = "card") -> Model | None:
        """Return the same from the index alone, by its whole name; ask nobody.

        Raises:
            NotFoundError: several models have that id on the Hub.
        """
        try:
            wanted = self._reference(text)
        except NotFoundError:
            return None  # a registry or an id that nobody may ask for; `model` says so
        found = None if wanted.ours else self._known(wanted, verb)
        return found if found is not None and wanted.version in {None, found.version} else None

    def names(self, text: str) -> tuple[str, ...]:
        """Return the names in a text, between spaces, commas or line breaks.

        A text that is one model's whole name is never split, and words of plain speech
        (`stable diffusion`, `gpt2 large`) stay together where names have them together.
        """
        whole = text.strip()
        if not whole or linked(whole) is not None or self._is_known(whole):
            return (whole,) if whole else ()
        if BETWEEN.search(whole):
            parts = [self.names(part) for part in BETWEEN.split(whole)]
            return tuple(dict.fromkeys(name for part in parts for name in part))
        said = dict.fromkeys(whole.split())
        words = tuple(word for word in said if word.lower() not in JOINING)
        plain = [word for word in words if not LIKE_A_NAME.fullmatch(word)]
        if plain and (not any(map(self._is_known, words)) or self._with_words(whole)):
            return (whole,)
        return words or (whole,)

    def _is_known(self, text: str) -> bool:
        try:
            return self.known(text) is not None
        except NotFoundError:  # several: a name all the same
            return True

    def _reference(self, text: str) -> Reference:
        allowed = self._azureml.registries if self._azureml.configured else None
        return meant(text, known=self._index.values("registry"), allowed=allowed)

    def _known(self, wanted: Reference, verb: str) -> Model | None:
        """Look by its own name, by the name Azure gives a Hub id, or by the Hub id itself.

        Raises:
            NotFoundError: several models are made from that repository of the Hub.
        """
        found = self._index.get(wanted.name, wanted.registry)
        if found is not None or wanted.registry:
            return found
        mapped = planning.model_name_of(wanted.name)
        if "/" in wanted.name:  # the second is how the HuggingFace registry names its models
            spellings = (mapped, wanted.name.replace("/", "-"))
            found = next(filter(None, map(self._index.get, spellings)), None)
        if found is not None:
            return found
        made = self._index.of_hub(wanted.name)
        same = [model for model in made if spelling.same(model.name, mapped)]
        if len(same or made) > 1:
            choices = _suggested(verb, [model.name for model in made[:SUGGESTED]])
            raise NotFoundError(SEVERAL_MADE, repository=quoted(wanted.name), suggestions=choices)
        return next(iter(same or made), None)

    def _own(self, wanted: Reference) -> Model:
        """Read the workspace's own model.

        Raises:
            NotFoundError: it has none of that name, or another workspace is meant.
        """
        ours = self._azureml.workspace
        theirs = "" if GUID.fullmatch(wanted.workspace) else wanted.workspace
        if ours and theirs and not spelling.same(theirs, ours):
            raise NotFoundError(
                OTHER_WORKSPACE,
                name=quoted(wanted.name),
                theirs=quoted(theirs),
                ours=ours,
                suggestions=(Suggestion(verb="search", argument=wanted.name),),
            )
        return self._at(None, wanted)

    def _by_words(self, text: str, verb: str) -> Model | None:
        """Return the one model with those words in its name, None when no name has them.

        Raises:
            NotFoundError: several have them.
        """
        fitting = self._with_words(text)
        if len(fitting) > 1:
            choices = _suggested(verb, [model.name for model in fitting])
            raise NotFoundError(SEVERAL_NAMED, words=quoted(text), suggestions=choices)
        return fitting[0] if fitting else None

    def _with_words(self, text: str) -> list[Model]:
        """Return the first models of a search that have every word in their name."""
        words = set(text.lower().split())
        if max(map(len, words), default=0) < SHORTEST:
            return []
        like = self._like(text)
        return [model for model in like if all(word in model.name.lower() for word in words)]

    def _like(self, text: str, *, every: bool = True) -> tuple[Model, ...]:
        """Search for the text, best first; find nothing where only some words fit."""
        query = parse_query(text, {})
        page = self._index.search(query, today=self._today(), limit=SUGGESTED)
        return () if every and page.partial else tuple(match.model for match in page.matches)

    def _version(self, wanted: Reference, verb: str) -> Model:
        """Read another version than the index knows from where the model is."""
        name, version = wanted.name, str(wanted.version)
        try:
            return self._at(wanted.registry, wanted)
        except NotConfiguredError as error:
            known = _suggested("card", [name])
            raise NotFoundError(
                ONLY_BUNDLED, name=name, version=version, reason=error.what, suggestions=known
            ) from error
        except NotFoundError as error:
            raise NotFoundError(
                NO_VERSION,
                name=name,
                version=version,
                registry=str(wanted.registry),
                suggestions=_suggested(verb, [name]),
            ) from error

    def _live(self, wanted: Reference) -> tuple[Model | None, tuple[str, ...]]:
        """Ask the workspace and the registries side by side; tell also who could not answer."""
        places = (wanted.registry,) if wanted.registry else (None, *self._azureml.registries)
        with ThreadPoolExecutor(len(places), "find-model") as pool:
            answers = list(pool.map(partial(self._ask, wanted), places))
        found = next((answer for answer in answers if isinstance(answer, Model)), None)
        notes = dict.fromkeys(answer for answer in answers if isinstance(answer, str))
        return found, tuple(notes)

    def _ask(self, wanted: Reference, place: str | None) -> Model | str | None:
        """Return the model, None when it is not there, or a sentence on why it is not known."""
        try:
            return self._at(place, wanted)
        except NotFoundError:
            return None
        except NotConfiguredError as error:
            return SNAPSHOT_ONLY.format(reason=error.what, date=SNAPSHOT_DATE)
        except (NotAllowedError, ServiceRefusedError, TemporaryError) as error:
            return error.what

    def _at(self, place: str | None, wanted: Reference) -> Model:
        if AssetId.of(wanted.name, wanted.version) is None:  # the SDK breaks on some
            raise NotFoundError(NO_SUCH_NAME, name=quoted(wanted.name))
        if place is None:
            return self._azureml.models.workspace_model(wanted.name, wanted.version)
        return self._azureml.models.registry_model(place, wanted.name, wanted.version)

    def _unknown(
        self, text: str, wanted: Reference, verb: str, notes: tuple[str, ...]
    ) -> NotFoundError:
        name = _azures(wanted).name
        like = [model.name for model in self._like(name)] if wanted.name else []
        near = [*dict.fromkeys((*like, *self._index.nearest(name, SUGGESTED)))][:SUGGESTED]
        suggestions = _suggested(verb, near)
        if wanted.hub or is_hub_id(text):
            imported = Suggestion(verb="import", argument=wanted.name)
            suggestions = (imported, *suggestions[: SUGGESTED - 1])
        return NotFoundError(
            NO_MODEL_BUT if near else NO_MODEL,
            code=NO_MODEL.code,
            name=quoted(text),
            unasked=" ".join(notes),
            suggestions=suggestions,
        )


def _suggested(verb: str, names: Iterable[str]) -> tuple[Suggestion, ...]:
    return tuple(Suggestion(verb=verb, argument=name) for name in names)


def _azures(wanted: Reference) -> Reference:
    """Return the same under the name that Azure gives a model of the Hub."""
    if "/" not in wanted.name or wanted.registry:
        return wanted
    return replace(wanted, name=planning.model_name_of(wanted.name))
