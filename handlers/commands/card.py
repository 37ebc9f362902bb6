"""`card`: one model on one screen, with what running it would cost."""

from __future__ import annotations

from handlers.blocks import card as card_blocks, forms
from handlers.command import Action, Call, Command, Reply, View
from services.errors import InvalidInputError, NotFoundError, TemporaryError, UserError
from services.models import Model

TITLE = "Open a card"
MODEL, MODEL_HINT = "Model", "Its name in the catalog or in the workspace"
CLASSIFIER_TASK = "zero-shot-image-classification"


def run(call: Call) -> Reply:
    if not call.text:
        raise InvalidInputError(
            "Which model?",
            advice="Name one, for example `/aml card openai-clip-vit-base-patch32`, or search.",
            suggestions=("search clip", "search task:fill-mask"),
        )
    return _show(call, call.text)


def form(call: Call) -> View:  # noqa: ARG001 - every form is called alike
    field = forms.text_input(
        "model", MODEL, hint=MODEL_HINT, placeholder="openai-clip-vit-base-patch32"
    )
    return forms.modal("card", TITLE, "Open card", [field])


def submit(call: Call) -> Reply:
    try:
        return _show(call, call.values.get("model", ""))
    except NotFoundError as error:
        raise InvalidInputError.beside("model", error) from error


def open_card(call: Call) -> Reply:
    return _show(call, call.value)


def share(call: Call) -> Reply:
    return _show(call, call.value, public=True)


def _show(call: Call, name: str, *, public: bool = False) -> Reply:
    card = call.services.catalog.card(name)
    text, blocks = card_blocks.screen(card, classifier=_classifier(call, card.model))
    return Reply(text=text, blocks=blocks, public=public)


def _classifier(call: Call, model: Model) -> str | None:
    """A ready endpoint of this model, if it classifies pictures and Azure can be asked."""
    if CLASSIFIER_TASK not in model.tasks:
        return None
    try:
        known = call.services.classification.classifiers()
    except (UserError, TemporaryError):
        return None  # the card is useful without
    return next((one.endpoint for one in known if one.ready and one.model_name == model.name), None)


COMMAND = Command(
    name="card",
    usage="card <model>",
    summary="Show a model: task, licence, size, price, quota.",
    example="card openai-clip-vit-base-patch32",
    rank=2,
    run=run,
    form=form,
    submit=submit,
    actions={"open": Action(run=open_card), "share": Action(run=share)},
)
