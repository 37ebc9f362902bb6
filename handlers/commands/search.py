"""`search`: find models in the catalog by words, task, licence, publisher or registry."""

from __future__ import annotations

import json
from collections.abc import Mapping

from handlers.blocks import forms, search as search_blocks
from handlers.command import Action, Call, Command, Option, Reply, View

TITLE = "Search models"
WORDS, WORDS_HINT = "Words", "In any order: clip, bert squad, summarization"
TASK, TASK_HINT = "Task", "Part of its name is enough, such as fill-mask"
LICENSE, LICENSE_HINT = "Licence", "Part of its name is enough, such as mit"
LONGEST_WORDS = 250  # a button carries them to the next page, as JSON
FILTERS = ("task", "license", "publisher", "registry")


def run(call: Call) -> Reply:
    return _page(call, _asked(call.text, call.options))


def form(call: Call) -> View:
    blocks = [
        forms.text_input(
            "text", WORDS, value=call.text, hint=WORDS_HINT, placeholder="clip", optional=True
        ),
        forms.text_input("task", TASK, hint=TASK_HINT, optional=True),
        forms.text_input("license", LICENSE, hint=LICENSE_HINT, optional=True),
    ]
    return forms.modal("search", TITLE, "Search", blocks)


def open_form(call: Call) -> Reply:
    return Reply(view=form(call))


def submit(call: Call) -> Reply:
    return _page(call, _asked(call.values.get("text", ""), call.values))


def turn(call: Call) -> Reply:
    """Next or Previous: another page in place of this one."""
    asked = json.loads(call.value)
    return _page(call, asked, page=int(asked.pop("page", 1)), replace=True)


def share(call: Call) -> Reply:
    asked = json.loads(call.value)
    page = int(asked.pop("page", 1))
    found = call.services.catalog.search(asked.pop("q", ""), **asked, page=page)
    text, blocks = search_blocks.results(found, _said(json.loads(call.value)), {}, shared=True)
    return Reply(text=text, blocks=blocks, public=True)


def _page(call: Call, asked: dict[str, str], *, page: int = 1, replace: bool = False) -> Reply:
    filters = {name: value for name, value in asked.items() if name in FILTERS}
    found = call.services.catalog.search(asked.get("q", ""), **filters, page=page)
    text, blocks = search_blocks.results(found, _said(asked), dict(asked))
    return Reply(text=text, blocks=blocks, replace=replace)


def _asked(text: str, options: Mapping[str, str]) -> dict[str, str]:
    """What is searched for, as a click on Next carries it."""
    filters = {name: options[name] for name in FILTERS if options.get(name)}
    return {"q": text[:LONGEST_WORDS], **filters}


def _said(asked: Mapping[str, object]) -> str:
    """The search as a person would type it."""
    filters = [f"{name}:{asked[name]}" for name in FILTERS if asked.get(name)]
    return " ".join([str(asked.get("q") or ""), *filters]).strip()


COMMAND = Command(
    name="search",
    usage="search [words] [task:<task>] [license:<licence>]",
    summary="Find models in the catalog.",
    example="search clip",
    options=(
        Option(name="task", summary="only models for this task", values=("fill-mask",)),
        Option(name="license", summary="only models under this licence", values=("mit",)),
        Option(name="publisher", summary="only models of this publisher", values=("openai",)),
        Option(name="registry", summary="only models of this registry", values=("azureml",)),
    ),
    rank=1,
    run=run,
    form=form,
    submit=submit,
    actions={
        "form": Action(run=open_form, opens=True),
        "next": Action(run=turn),
        "previous": Action(run=turn),
        "share": Action(run=share),
    },
)
