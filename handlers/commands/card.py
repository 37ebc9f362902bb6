"""`card`: one model on one screen, or up to four side by side."""

from __future__ import annotations

from handlers.blocks import (
    about as about_blocks,
    card as card_blocks,
    compare as compare_blocks,
    forms,
    hub as hub_blocks,
)
from handlers.command import Action, Call, Command, Reply, View
from services.catalog import MOST_COMPARED, Comparison, HubCard, is_link
from services.errors import ErrorText, InvalidInputError, NotFoundError, Suggestion

TITLE = "Open a card"
MODEL, MODEL_HINT = "Model", "A name, a link to its page, or up to four names to compare"
SUBMIT = "Open card"
EXAMPLE = "openai-clip-vit-base-patch32"
WHICH = ErrorText(
    code="WhichCard",
    what="Which model?",
    advice="Name one, for example `/aml card {example}`, or search.",
)
SEARCHES = (
    Suggestion(verb="search", argument="clip"),
    Suggestion(verb="search", options=(("task", "fill-mask"),)),
)
NONE_KNOWN = ErrorText(code="NoneToCompare", what="{each}", advice="Try `search` with one word.")
NONE_KNOWN_BUT = ErrorText(code="NoneToCompareButNear", what="{each}", advice="Did you mean these?")


def run(call: Call) -> Reply:
    if not call.text:
        raise InvalidInputError(WHICH, example=EXAMPLE, suggestions=SEARCHES)
    return _show(call, call.text)


def form(call: Call) -> View:  # noqa: ARG001 - every form is called alike
    field = forms.text_input("model", MODEL, hint=MODEL_HINT, placeholder=EXAMPLE)
    return forms.modal("card", TITLE, SUBMIT, [field])


def submit(call: Call) -> Reply:
    """Both forms: one asks for a model, the other for those to compare one with."""
    field = "others" if "others" in call.values else "model"
    typed = call.values.get(field, "")
    try:
        if field == "others":
            return _side_by_side(call, (call.value, *call.services.catalog.names(typed)))
        return _show(call, typed)
    except NotFoundError as error:
        raise InvalidInputError.beside(field, error) from error


def open_card(call: Call) -> Reply:
    return _show(call, call.value)


def share(call: Call) -> Reply:
    return _show(call, call.value, public=True)


def share_together(call: Call) -> Reply:
    """A comparison for everybody; the button carries its models on lines."""
    return _side_by_side(call, tuple(call.value.splitlines()), public=True)


def about(call: Call) -> Reply:
    """The long text in a modal."""
    return Reply(view=about_blocks.screen(call.services.catalog.description(call.value)))


def ask_others(call: Call) -> Reply:
    """The form that asks what to compare a model with."""
    siblings = call.services.catalog.siblings(call.value)
    return Reply(view=compare_blocks.form(call.value, siblings))


def _show(call: Call, text: str, *, public: bool = False) -> Reply:
    names = call.services.catalog.names(text)
    if len(names) > 1:
        return _side_by_side(call, names, public=public)
    text = names[0] if names else text
    looking = call.services.classification.look_for(text)  # Azure is asked for both at once
    card = call.services.catalog.open(text)
    if isinstance(card, HubCard):
        said, blocks = hub_blocks.screen(card)
    else:
        said, blocks = card_blocks.screen(card, now=call.now, classifier=looking.result())
    return Reply(text=said, blocks=blocks, public=public)


def _side_by_side(call: Call, names: tuple[str, ...], *, public: bool = False) -> Reply:
    comparison = call.services.catalog.compare(tuple(dict.fromkeys(filter(None, names))))
    if not comparison.cards:
        raise _nobody(comparison)
    if len(comparison.cards) == 1 and not comparison.missing:
        return _show(call, names[0], public=public)
    text, blocks = compare_blocks.screen(comparison, now=call.now)
    return Reply(text=text, blocks=blocks, public=public)


def _nobody(comparison: Comparison) -> NotFoundError:
    """All of the names are unknown; the nearest of each is suggested."""
    missing = comparison.missing
    near = tuple(dict.fromkeys(name.nearest[0] for name in missing if name.nearest))
    together = (" ".join(near),) if 1 < len(near) <= MOST_COMPARED else ()
    return NotFoundError(
        NONE_KNOWN_BUT if near else NONE_KNOWN,
        each=" ".join(name.what for name in missing),
        suggestions=tuple(Suggestion(verb="card", argument=names) for names in (*together, *near)),
    )


COMMAND = Command(
    name="card",
    usage="card <model> [<model> …]",
    summary="Show a model: task, licence, size, price, quota; or compare up to four.",
    example=f"card {EXAMPLE}",
    rank=2,
    run=run,
    form=form,
    submit=submit,
    recognises=is_link,
    actions={
        "open": Action(run=open_card),
        "share": Action(run=share),
        "together": Action(run=share_together),
        "compare": Action(run=ask_others, opens=True),
        "about": Action(run=about, opens=True),
    },
)
