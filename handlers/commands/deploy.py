"""`deploy`: put a model on an online endpoint, after a plan with its price."""

from __future__ import annotations

import re

from handlers.blocks import deploy as deploy_blocks, forms
from handlers.blocks.words import price
from handlers.command import (
    Action,
    Call,
    Command,
    Effect,
    May,
    OperationView,
    Option,
    PlanView,
    Reply,
    View,
)
from services import spelling
from services.errors import (
    ErrorText,
    InvalidInputError,
    NotFoundError,
    Suggestion,
    UserError,
    quoted,
)
from services.models import DeployPlan, Model, Started
from services.planning import MOST_INSTANCES
from services.prices import DEFAULT_REGION, load_sizes
from services.workflows.deploy import KIND

TITLE = "Deploy a model"
MODEL, MODEL_HINT = "Model", "Its name in the catalog or in the workspace"
SIZE, SIZE_HINT = "Size", "Prices are estimates for one instance"
ENDPOINT = "Endpoint"
ENDPOINT_HINT = "3 to 32 letters, digits and dashes; leave it empty for a name of its own"
COUNT = "Instances"
NUMBER = re.compile(r"[0-9]{1,9}")
CHEAPEST = "The cheapest that fits"
WHICH = ErrorText(
    code="DeployWhich",
    what="Which model shall I deploy?",
    advice="Name one, for example `/aml deploy openai-clip-vit-base-patch32`, or search.",
)
NO_COUNT = ErrorText(
    code="NoCount",
    what="{count} is not a number of instances.",
    advice="Write a whole number, for example `count:1`.",
)
EXAMPLES = (
    Suggestion(verb="search", argument="clip"),
    Suggestion(verb="search", options=(("task", "fill-mask"),)),
)
CHOICE = "{size}, {price}"


def run(call: Call) -> Reply:
    if not call.text:
        raise InvalidInputError(WHICH, suggestions=EXAMPLES)
    options = call.options
    return _planned(
        call, call.text, options.get("on"), options.get("endpoint"), options.get("count", "1")
    )


def from_button(call: Call) -> Reply:
    """Deploy beside a model: the plan with what fits best."""
    return _planned(call, call.value, None, None, "1")


def start(call: Call, plan: DeployPlan) -> Started:
    return call.services.deployments.start(plan, call.asked, call.value, by=call.by)


def again(plan: DeployPlan) -> Suggestion:
    options = (("on", plan.size), ("endpoint", plan.endpoint))
    return Suggestion(verb="deploy", argument=plan.model_name, options=options)


def says(plan: DeployPlan) -> str:
    return deploy_blocks.sentence_of(plan).rstrip("?")


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
    if not NUMBER.fullmatch(count):
        raise InvalidInputError(NO_COUNT, count=quoted(count), field="count")
    found = call.services.catalog.model(model, verb="deploy")
    plan = call.services.deployments.plan(found, on=size, endpoint=endpoint, count=int(count))
    return Reply(plan=plan)


def _known(call: Call, name: str) -> Model | None:
    """The model of that name, where it can be told without doubt."""
    try:
        return call.services.catalog.model(name) if name else None
    except UserError:
        return None  # the form asks; what is wrong with the name is said at its submission


def _sizes(model: Model | None) -> list[tuple[str, str]]:
    """Sizes to choose from with their price, cheapest first; those the publisher tested if any."""
    allowed = spelling.keys(model.sizes) if model else frozenset()
    known = [
        size
        for size in load_sizes().values()
        if size.managed_endpoint
        and not size.retired
        and (not allowed or spelling.key(size.name) in allowed)
    ]
    shown = sorted(known, key=lambda size: (size.price(DEFAULT_REGION) or 1e9, size.name))
    texts = [
        (size.name, CHOICE.format(size=size.name, price=price(size.price(DEFAULT_REGION))))
        for size in shown
    ]
    return [(forms.CHEAPEST, CHEAPEST), *texts[: forms.MOST_OPTIONS - 1]]


VIEW = OperationView(
    kind=KIND,
    outcome=deploy_blocks.outcome,
    facts=deploy_blocks.facts,
    retry="aml.deploy.retry",
    done="Ready",
    plan=PlanView(
        sentence=deploy_blocks.sentence_of,
        body=deploy_blocks.body,
        changes=deploy_blocks.changes,
        again=again,
        reconsider=lambda services, plan: services.deployments.reconsider(plan),
        anew=lambda services, operation: services.deployments.anew(operation),
        start=start,
        already=deploy_blocks.already,
        says=says,
    ),
)

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
    may=May.OPERATOR,
    view=VIEW,
    rank=4,
    run=run,
    form=form,
    submit=submit,
    actions={
        "model": Action(run=from_button, effect=Effect.SPEND, may=May.OPERATOR),
        "form": Action(run=open_form, opens=True),
    },
)
