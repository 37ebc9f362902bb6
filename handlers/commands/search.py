"""`search`: find models by words, phrases and filters; operators may refresh the catalog."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from functools import partial
from typing import Any

from handlers.blocks import forms, hub as hub_blocks, refreshed, search as search_blocks
from handlers.carried import Carried
from handlers.command import Action, Call, Command, May, Option, Reply, View
from handlers.parsing import typed
from services.catalog import QUOTA_UNKNOWN, HubFound, TypedQuery
from services.errors import ErrorText, InvalidInputError, Suggestion, UserError

VERB = "search"
TITLE = "Search models"
WORDS, WORDS_HINT = "Words", "In any order: clip, small image classifier on cpu, 翻译"
TASK, TASK_HINT = "Task", "Part of its name is enough, such as fill-mask; several with commas"
LICENSE, LICENSE_HINT = "Licence", "Such as mit, or permissive; -mit means any other"
SIZE, SIZE_HINT = "Size on disk", "Such as <2GB or 500MB..4GB"
UNDER, UNDER_HINT = "Price", "At most so many US dollars, such as 0.50/h"
RUNS, SOURCE = "Runs on", "Where to look"
ANY = "any"
RUNS_ON = (
    (ANY, "Anything"),
    ("cpu", "A size without GPU"),
    ("gpu", "A GPU"),
    ("quota", "What my quota covers now"),
)
SOURCES = (
    (ANY, "Everywhere"),
    ("azure", "Azure's registries"),
    ("workspace", "This workspace"),
    ("hf", "The Hugging Face Hub"),
)
LONGEST_WORDS = 500  # characters; a button carries them to the next page
LONGEST_STATE = 1_900  # of the 2,000 that a button carries
LONGEST_SUGGESTION = 300
TOO_LONG = ErrorText(
    code="SearchTooLong",
    what="That search has too many filters",
    advice="Leave some values out.",
)
DETAILS = (
    "Bare words narrow it down too: `cpu`, `gpu`, `finetune`, `batch`.",
    "Several values with commas: `task:fill-mask,translation`.",
    "A dash excludes: `-license:mit`, `license:-mit`, `-gpu`, `bert -large`.",
    "Operators can read the catalog anew: `/aml search refresh`.",
)
REFRESHING = "Refreshing the catalog … I will say what has changed."
FILTERS = (
    "task", "license", "publisher", "registry", "source", "language", "size", "fits", "under",
)  # fmt: skip


def run(call: Call) -> Reply:
    return _page(call, _asked(call.text, call.options))


def form(call: Call) -> View:
    def field(name: str, label: str, hint: str, placeholder: str = "", value: str = "") -> Any:  # noqa: ANN401 - a block
        return forms.text_input(
            name, label, value=value, hint=hint, placeholder=placeholder, optional=True
        )

    blocks = [
        field("text", WORDS, WORDS_HINT, "clip", call.text),
        field("task", TASK, TASK_HINT),
        field("license", LICENSE, LICENSE_HINT),
        forms.select("runs", RUNS, RUNS_ON),
        field("size", SIZE, SIZE_HINT),
        field("under", UNDER, UNDER_HINT),
        forms.select("source", SOURCE, SOURCES),
    ]
    return forms.modal("search", TITLE, "Search", blocks)


def open_form(call: Call) -> Reply:
    return Reply(view=form(call))


def submit(call: Call) -> Reply:
    values = {name: text for name, text in call.values.items() if text and text != ANY}
    words = values.pop("text", "")
    runs = values.pop("runs", "")
    if runs == "quota":
        values["fits"] = runs
    elif runs:
        words = f"{words} {runs}"
    return _page(call, _asked(words, values))


def turn(call: Call) -> Reply:
    """Next or Previous: another page in place of this one."""
    asked, page = _carried(call.value)
    return _page(call, asked, page=page, replace=True)


def share(call: Call) -> Reply:
    asked, page = _carried(call.value)
    catalog = call.services.catalog
    found = catalog.search(catalog.parse(*_split(asked)), page=page)
    shown, blocks = search_blocks.results(found, _said(asked), {}, now=call.now, shared=True)
    return Reply(text=shown, blocks=blocks, public=True)


def _page(call: Call, asked: dict[str, str], *, page: int = 1, replace: bool = False) -> Reply:
    text, options = _split(asked)
    catalog = call.services.catalog
    try:
        query = catalog.parse(text, options)
        found = catalog.search(query, page=page)
    except InvalidInputError as error:
        raise _with_the_rest(error, text, options) from error
    except UserError as error:
        if error.code != QUOTA_UNKNOWN:
            raise
        raise _without_quota(error, text, options) from error
    wanted = found.hub and found.page == 1
    hub = catalog.hub_known(query) if wanted else None
    if found.only_hub and hub is None:
        empty = Reply(replace=replace)
        return dataclasses.replace(empty, later=partial(_later, call, asked, query, empty))
    shown, blocks = search_blocks.results(found, _said(asked), asked, hub=hub, now=call.now)
    reply = Reply(text=shown, blocks=blocks, replace=replace)
    if not wanted or hub is not None:
        return reply
    return dataclasses.replace(reply, later=partial(_later, call, asked, query, reply))


def _later(call: Call, asked: dict[str, str], query: TypedQuery, before: Reply) -> Reply:
    """Return the first page again, with what the Hub has and the quota that was read meanwhile."""
    hub = call.services.catalog.hub(query)
    found = call.services.catalog.search(query)
    shown, blocks = search_blocks.results(found, _said(asked), asked, hub=hub, now=call.now)
    if blocks == before.blocks:
        return Reply()  # nothing new: no need to edit
    addition = _alone(hub, _said(asked))
    return Reply(text=shown, blocks=blocks, replace=before.replace, addition=addition)


def _alone(hub: HubFound, query: str) -> Reply:
    """Return what the Hub adds, as a message of its own; empty where it adds nothing."""
    if not hub.hits and not hub.problem:
        return Reply()
    text, blocks = hub_blocks.alone(hub, query)
    return Reply(text=text, blocks=blocks)


def refresh(call: Call) -> Reply:
    """Read the catalog anew."""
    return Reply(text=REFRESHING, blocks=refreshed.started(REFRESHING), later=partial(_done, call))


def _done(call: Call) -> Reply:
    result = call.services.refresh.now()
    changes = call.services.catalog.changes(refreshed.MOST_CHANGES)
    text, blocks = refreshed.outcome(result, changes)
    return Reply(text=text, blocks=blocks)


def _asked(text: str, options: Mapping[str, str]) -> dict[str, str]:
    """Return what is searched for, as a click on Next carries it.

    Raises:
        InvalidInputError: more filters than a button carries.
    """
    filters = {
        name: value for name, value in options.items() if value and name.lstrip("-") in FILTERS
    }
    asked = {"q": text[:LONGEST_WORDS], **filters}
    if len(search_blocks.packed(asked)) > LONGEST_STATE:
        raise InvalidInputError(TOO_LONG)
    return asked


def _carried(value: str) -> tuple[dict[str, str], int]:
    """Return what a button carries: the search, and which page of it."""
    known = Carried(value)
    page = max(1, known.number("page", 1))
    return {name: known.text(name) for name in known if name != "page"}, page


def _split(asked: Mapping[str, str]) -> tuple[str, dict[str, str]]:
    return asked.get("q", ""), {name: text for name, text in asked.items() if name != "q"}


def _said(asked: Mapping[str, str]) -> str:
    """Return the search as a person would type it."""
    return typed(_again(*_split(asked))).removeprefix(VERB).strip()


def _again(text: str, options: Mapping[str, str]) -> Suggestion:
    return Suggestion(verb=VERB, argument=text, options=tuple(options.items()))


def _with_the_rest(
    error: InvalidInputError, text: str, options: Mapping[str, str]
) -> InvalidInputError:
    """Return the error with suggestions that keep everything else that was asked for."""
    kept = {name: value for name, value in options.items() if name.lstrip("-") != error.field}
    if not _fits(_again(text, kept)):
        return error
    whole = tuple(
        Suggestion(
            verb=VERB,
            argument=" ".join(filter(None, (text, suggestion.argument))),
            options=(*kept.items(), *suggestion.options),
        )
        for suggestion in error.suggestions
    )
    return error.replace(suggestions=whole)


def _without_quota(error: UserError, text: str, options: Mapping[str, str]) -> UserError:
    """Return the error with the same search, but for the quota, as its suggestion."""
    rest = _again(text, {name: value for name, value in options.items() if name != "fits"})
    return error.replace(suggestions=(rest,) if _fits(rest) else ())


def _fits(suggestion: Suggestion) -> bool:
    """Tell whether the suggestion has anything to search for, and fits on a button."""
    return len(VERB) < len(typed(suggestion)) <= LONGEST_SUGGESTION


COMMAND = Command(
    name="search",
    usage="search [words] [task:<task>] [license:<licence>] [size:<2GB] [under:0.50/h] [cpu]",
    summary="Find models: words in any order, filters anywhere among them.",
    example="search small image classifier on cpu",
    details=DETAILS,
    options=(
        Option(
            name="task",
            summary="what it does",
            values=("fill-mask", "翻译"),
            excludes=True,
        ),
        Option(
            name="license",
            summary="its licence, or a class of licences",
            values=("mit", "permissive"),
            excludes=True,
        ),
        Option(name="publisher", summary="who made it", values=("openai",), excludes=True),
        Option(name="registry", summary="which registry", values=("azureml",), excludes=True),
        Option(
            name="source",
            summary="where to look: Azure, the Hugging Face Hub or this workspace",
            values=("azure", "hf", "workspace"),
            excludes=True,
        ),
        Option(name="language", summary="what it speaks", values=("french",), excludes=True),
        Option(name="size", summary="size on disk", values=("<2GB", "500MB..4GB"), excludes=True),
        Option(name="fits", summary="your quota covers it now", values=("quota",)),
        Option(name="under", summary="most US dollars an hour", values=("0.50/h",)),
    ),
    rank=1,
    quick=True,
    run=run,
    form=form,
    submit=submit,
    words={"refresh": Action(run=refresh, may=May.OPERATOR)},
    actions={
        "form": Action(run=open_form, opens=True),
        "next": Action(run=turn),
        "previous": Action(run=turn),
        "share": Action(run=share),
    },
)
