"""Ask the Hugging Face Hub what it has besides the catalog: a few live hits, waited for briefly."""

from __future__ import annotations

import threading
from collections import OrderedDict

from services import planning
from services.catalog.cached import Cached
from services.catalog.query_words import HubQuery
from services.catalog.values import HubFound, HubHit
from services.errors import ErrorText, ServiceError, TemporaryError
from services.huggingface import Hub
from services.index import CatalogIndex, Choice, Term
from services.index.words import begins, name_words
from services.models import HubModel
from services.tasks import task_name

SHOWN = 3
ASKED = 10  # so many, because the catalog has some of them
WAIT = 3.5  # real seconds
FRESH, AGAIN = 300.0, 20.0  # real seconds an answer is kept, and a failure
MOST_KEPT = 200  # searches
MOST_ASKED = 6  # at a time; a silent Hub keeps each for a while
LONGEST_WORDS = 100  # characters

# They were given the Hub's first models, which had no owner before (`bert-base-uncased`).
OWNERS = frozenset(
    ["albert", "distilbert", "facebookai", "google-bert", "google-t5", "openai-community", "xlnet"]
)

SLOW = "The Hugging Face Hub did not answer within {seconds:g} seconds."
BUSY = ErrorText(
    code="HubSearchesWaiting",
    what="The Hugging Face Hub is slow, and enough searches wait for it already.",
)

_Asked = tuple[str, str]  # words and task
_Answer = Cached[tuple[HubModel, ...]]


class Neighbours:
    """Searches the Hub; the same question is asked once and its answer kept for a while.

    Args:
        index: what the catalog has is left out.
        hub: asked; None: nobody is.
        wait: real seconds for its answer.
    """

    def __init__(self, index: CatalogIndex, hub: Hub | None, wait: float = WAIT) -> None:
        self._index = index
        self._hub = hub
        self._wait = wait
        self._lock = threading.Lock()
        self._asking = threading.BoundedSemaphore(MOST_ASKED)
        self._kept: OrderedDict[_Asked, _Answer] = OrderedDict()

    def known(self, query: HubQuery) -> HubFound | None:
        """The answer, where it needs no waiting; None otherwise."""
        answer = self._answer(query)
        return None if answer is not None and not answer.settled() else self.search(query)

    def search(self, query: HubQuery) -> HubFound:
        """Return up to three repositories that the catalog lacks, waited for briefly.

        What goes wrong is a sentence in the answer.
        """
        said = " ".join(part for part in (query.words, query.task) if part)
        answer = self._answer(query)
        if answer is None:
            return HubFound(asked=said)
        try:
            models = answer.within(self._wait)
        except TimeoutError:
            return HubFound(asked=said, problem=SLOW.format(seconds=self._wait))
        except ServiceError as error:
            return HubFound(asked=said, problem=error.what)
        fitting = [model for model in models if _fits(model, query)]
        lacking = [model for model in fitting if not self._has(model)]
        return HubFound(
            asked=said,
            hits=tuple(map(_hit, lacking[:SHOWN])),
            skipped=len(fitting) - len(lacking),
            untold=query.untold,
        )

    def _answer(self, query: HubQuery) -> _Answer | None:
        key = (" ".join(query.words.split())[:LONGEST_WORDS], query.task[:LONGEST_WORDS])
        if self._hub is None or not any(map(str.isalnum, "".join(key))):
            return None
        with self._lock:
            answer = self._kept.get(key)
            if answer is None:
                answer = Cached(lambda: self._ask(*key), seconds=FRESH, again=AGAIN)
                self._kept[key] = answer
            self._kept.move_to_end(key)
            while len(self._kept) > MOST_KEPT:
                self._kept.popitem(last=False)
        return answer

    def _ask(self, words: str, task: str) -> tuple[HubModel, ...]:
        if self._hub is None or not self._asking.acquire(blocking=False):
            raise TemporaryError(BUSY)
        try:
            return self._hub.search(words, ASKED, task=task)
        finally:
            self._asking.release()

    def _has(self, model: HubModel) -> bool:
        """Whether the catalog or the workspace has it, under whichever name."""
        owner, _, name = model.id.partition("/")
        if owner.lower() in OWNERS and self._index.get(name) is not None:
            return True
        named = self._index.get(planning.model_name_of(model.id))
        return named is not None or bool(self._index.of_hub(model.id))


def _fits(model: HubModel, query: HubQuery) -> bool:
    owner = model.id.partition("/")[0]
    if any(_meant(model, term) for term in query.never):
        return False
    licence = (model.license or "", planning.licence_class(model.license))
    return _chosen(query.license, licence) and _chosen(query.publisher, (owner,))


def _meant(model: HubModel, term: Term) -> bool:
    """Whether the term stands for the model beyond doubt: by its id, or by its task."""
    there = name_words(model.id)
    if term.words and all(begins(there, word) for word in term.words):
        return True
    if any(word in there for word in term.topic):
        return True
    return not term.guessed and task_name(model.task or "") in term.tasks


def _chosen(choice: Choice, values: tuple[str, ...]) -> bool:
    """Whether one of the values has one of the wanted texts in it, and none an unwanted one."""

    def among(wanted: tuple[str, ...]) -> bool:
        return any(text.lower() in value.lower() for text in wanted for value in values)

    return (not choice.include or among(choice.include)) and not among(choice.exclude)


def _hit(model: HubModel) -> HubHit:
    return HubHit(model=model, licence=planning.licence_class(model.license))
