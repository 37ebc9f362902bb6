"""`deploy`: put a model on an online endpoint, after a plan with its price."""

from __future__ import annotations

import re
from dataclasses import replace

from handlers.blocks import forms, plan as plan_blocks
from handlers.blocks.elements import code
from handlers.blocks.words import price
from handlers.command import Action, Call, Command, Effect, Option, Reply, View
from services.errors import InvalidInputError, NotFoundError, UserError, quoted
from services.models import DeployPlan, ImportPlan, Model, OperationState
from services.planning import MOST_INSTANCES
from services.prices import DEFAULT_REGION, load_sizes

TITLE = "Deploy a model"
MODEL, MODEL_HINT = "Model", "Its name in the catalog or in the workspace"
SIZE, SIZE_HINT = "Size", "Prices are estimates for one instance"
ENDPOINT = "Endpoint"
ENDPOINT_HINT = "3 to 32 letters, digits and dashes; leave it empty for a name of its own"
COUNT = "Instances"
CHEAPEST = "The cheapest that fits"
WHICH = "Which model shall I deploy?"
WHICH_ADVICE = "Name one, for example `/aml deploy openai-clip-vit-base-patch32`, or search."
STARTED_BEFORE = "this is under way already as {operation}: Run only follows it"
DONE_BEFORE = "this is deployed already, by {operation}: Run changes nothing"
LOOKED_AT = 50
THERE = "{endpoint} is deployed already, by {operation}."


def run(call: Call) -> Reply:
    if not call.text:
        raise InvalidInputError(
            WHICH, advice=WHICH_ADVICE, suggestions=("search clip", "search task:fill-mask")
        )
    options = call.options
    return _planned(
        call, call.text, options.get("on"), options.get("endpoint"), options.get("count", "1")
    )


def from_button(call: Call) -> Reply:
    """Deploy beside a model: the plan with what fits best."""
    return _planned(call, call.value, None, None, "1")


def execute(call: Call, plan: DeployPlan | ImportPlan) -> Reply:
    if not isinstance(plan, DeployPlan):
        raise TypeError("not a plan of deploy")
    started = call.services.deployments.start(plan, call.asked, call.value)
    operation = code(started.operation.id)
    if not started.joined:
        text = plan_blocks.STARTED.format(operation=operation)
        return Reply(text=text, operation=started.operation.id)
    if started.operation.state.ended:
        return Reply(text=THERE.format(endpoint=code(plan.endpoint), operation=operation))
    text = plan_blocks.JOINED.format(operation=operation)
    return Reply(text=text, operation=started.operation.id, follows=True)


def retry(call: Call) -> Reply:
    """A new plan for what an operation was to do."""
    plan = call.services.operations.get(call.value).plan
    if not isinstance(plan, DeployPlan):
        raise TypeError("not an operation of deploy")
    return Reply(plan=call.services.deployments.reconsider(plan))


def form(call: Call) -> View:
    wanted = call.value or call.text
    model = _known(call, wanted)
    name = model.name if model else wanted
    blocks = [
        forms.text_input(
            "model",
            MODEL,
            value=wanted if model else name,
            hint=MODEL_HINT,
            placeholder="openai-clip-vit-base-patch32",
        ),
        forms.select("on", SIZE, _sizes(model), hint=SIZE_HINT),
        forms.text_input("endpoint", ENDPOINT, hint=ENDPOINT_HINT, optional=True),
        forms.number("count", COUNT, value=1, least=1, most=MOST_INSTANCES),
    ]
    return forms.modal("deploy", TITLE, "Show the plan", blocks)


def open_form(call: Call) -> Reply:
    return Reply(view=form(call))


def submit(call: Call) -> Reply:
    values = call.values
    size = values.get("on", "")
    try:
        return _planned(
            call,
            values.get("model", ""),
            None if size in {"", forms.CHEAPEST} else size,
            values.get("endpoint") or None,
            values.get("count") or "1",
        )
    except NotFoundError as error:
        raise InvalidInputError.beside("model", error) from error


def _planned(call: Call, model: str, size: str | None, endpoint: str | None, count: str) -> Reply:
    if not re.fullmatch(r"[0-9]{1,9}", count):
        raise InvalidInputError(
            f"{quoted(count)} is not a number of instances.",
            advice="Write a whole number, for example `count:1`.",
            field="count",
        )
    found = call.services.catalog.model(model, verb="deploy")
    plan = call.services.deployments.plan(found, on=size, endpoint=endpoint, count=int(count))
    return Reply(plan=_with_note(call, plan))


def _with_note(call: Call, plan: DeployPlan) -> DeployPlan:
    """The plan, saying so where running it would only join what was started before."""
    for one in call.services.operations.recent(LOOKED_AT):
        before = one.plan
        if not isinstance(before, DeployPlan) or one.state is OperationState.FAILED:
            continue
        if (before.endpoint, before.attempt) == (plan.endpoint, plan.attempt):
            note = (DONE_BEFORE if one.state.ended else STARTED_BEFORE).format(operation=one.id)
            return replace(plan, warnings=(note, *plan.warnings))
    return plan


def _known(call: Call, name: str) -> Model | None:
    """The model of that name, where it can be told without doubt."""
    try:
        return call.services.catalog.model(name) if name else None
    except UserError:
        return None  # the form asks; what is wrong with the name is said at its submission


def _sizes(model: Model | None) -> list[tuple[str, str]]:
    """Sizes to choose from with their price, cheapest first; those the publisher tested if any."""
    allowed = {name.lower() for name in model.sizes} if model else set()
    known = [
        size
        for size in load_sizes().values()
        if size.managed_endpoint
        and not size.retired
        and (not allowed or size.name.lower() in allowed)
    ]
    shown = sorted(known, key=lambda size: (size.price(DEFAULT_REGION) or 1e9, size.name))
    texts = [(one.name, f"{one.name}, {price(one.price(DEFAULT_REGION))}") for one in shown]
    return [(forms.CHEAPEST, CHEAPEST), *texts[: forms.MOST_OPTIONS - 1]]


COMMAND = Command(
    name="deploy",
    usage="deploy <model> [on:<size>] [endpoint:<name>] [count:<n>]",
    summary="Deploy a model to an online endpoint; shows size, price and quota first.",
    example="deploy openai-clip-vit-base-patch32",
    options=(
        Option(name="on", summary="virtual machine size", values=("Standard_DS3_v2",)),
        Option(name="endpoint", summary="name of the endpoint", values=("my-clip",)),
        Option(name="count", summary="number of instances", values=("1",)),
    ),
    effect=Effect.SPEND,
    rank=4,
    run=run,
    execute=execute,
    form=form,
    submit=submit,
    actions={
        "model": Action(run=from_button, effect=Effect.SPEND),
        "form": Action(run=open_form, opens=True),
        "retry": Action(run=retry, effect=Effect.SPEND),
    },
)
