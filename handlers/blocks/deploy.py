"""A deployment: its plan, and what its message says of it."""

from __future__ import annotations

from collections.abc import Sequence

from handlers.blocks.elements import Marked, button, code, escape, fields, header, section
from handlers.blocks.error import sentence
from handlers.blocks.words import capitalised, count, free, instances, monthly, price
from handlers.command import Block, Change, Facts, Outcome
from services.models import DeployPlan, DeployResult, Operation
from services.planning import NO_LIMIT
from services.tasks import CLASSIFIER_TASK

TITLE = "Deploy {name}?"
SENTENCE = "Deploy {model} version {version} on {size} as {endpoint}, {price}?"
ALREADY = Marked("{endpoint} is deployed already")
REGISTRY, WORKSPACE = "registry {name}", "this workspace"
MODEL = "*Model*\nversion {version} from {place}"
TASK, NO_TASK = "*Task*\n{task}", "not stated"
ENDPOINT, SIZE = "*Endpoint*\n{endpoint}", "*Size*\n{size}\n{instances}"
PRICE, QUOTA = "*Price*\n{price}", "*Quota*\n{quota}"
NEEDS = "needs {cores} (with Azure's reserve)\n{left}"
NOT_KNOWN_LEFT = "what is left in {region} is not known"
NOT_KNOWN, UNLIMITED = "not known", "no limit"
WARNING = ":warning: {text}"
CHANGES = ("Model version", "Size", "Instances", "Price", "Endpoint", "Region", "Cores left")
READY = "{model} version {version} answers at the endpoint {endpoint}."
CLASSIFY_HINT = (
    "Mention me with a picture and labels, like `@aml-bot cat, coffee, dog`, or click Classify."
)
CLASSIFY, CLASSIFY_SAYS = "Classify", "Classify pictures with {endpoint}"
OPEN_CARD = "Open card"


def sentence_of(plan: DeployPlan) -> str:
    """Return the plan in one sentence."""
    return SENTENCE.format(
        model=plan.model_name,
        version=plan.model_version,
        size=plan.size,
        endpoint=plan.endpoint,
        price=price(plan.usd_per_hour),
    )


def body(plan: DeployPlan) -> list[Block]:
    """Return the card: model, endpoint, size, price, quota, and what to look out for."""
    place = REGISTRY.format(name=plan.registry) if plan.registry else WORKSPACE
    facts = [
        MODEL.format(version=escape(plan.model_version), place=escape(place)),
        TASK.format(task=escape(plan.task or NO_TASK)),
        ENDPOINT.format(endpoint=code(plan.endpoint)),
        SIZE.format(size=code(plan.size), instances=instances(plan.count)),
        PRICE.format(price=_price(plan)),
        QUOTA.format(quota=_quota(plan)),
    ]
    blocks = [header(TITLE.format(name=plan.model_name)), fields(facts)]
    if plan.warnings:
        texts = (escape(sentence(capitalised(warning))) for warning in plan.warnings)
        blocks.append(section("\n".join(WARNING.format(text=text) for text in texts)))
    return blocks


def changes(old: DeployPlan, new: DeployPlan) -> Sequence[Change]:
    """Return what a person must know before saying yes again."""
    short = new.cores_left is not None and new.cores_left < new.cores_needed
    before = _told(old)
    after = (*_told(new)[:-1], _cores(new.cores_left) if short else "")
    rows = zip(CHANGES, before, after, strict=True)
    return [Change(title=title, before=was, after=now) for title, was, now in rows]


def already(plan: DeployPlan) -> str:
    return ALREADY.format(endpoint=code(plan.endpoint))


def facts(_operation: Operation, plan: DeployPlan) -> Facts:
    """Return size and price for the head of the message."""
    size = f"{escape(plan.size)}, {instances(plan.count)}"
    return Facts(parts=(size, price(plan.usd_per_hour)))


def outcome(result: DeployResult) -> Outcome:
    """Return what answers where, what the model said to its first question, and what to do next."""
    buttons = [button(OPEN_CARD, "aml.card.open", result.model_name)]
    hints: tuple[str, ...] = ()
    if result.task == CLASSIFIER_TASK:
        says = CLASSIFY_SAYS.format(endpoint=result.endpoint)
        form = button(CLASSIFY, "aml.classify.form", result.endpoint, style="primary", says=says)
        buttons.insert(0, form)
        hints = (CLASSIFY_HINT,)
    return Outcome(
        text=READY.format(
            model=result.model_name, version=result.model_version, endpoint=result.endpoint
        ),
        lines=(result.smoke_test,) if result.smoke_test else (),
        hints=hints,
        buttons=tuple(buttons),
    )


def _told(plan: DeployPlan) -> tuple[str, ...]:
    return (
        plan.model_version,
        plan.size,
        str(plan.count),
        price(plan.usd_per_hour),
        plan.endpoint,
        plan.region,
        _cores(plan.cores_left),
    )


def _cores(number: int | None) -> str:
    if number == NO_LIMIT:
        return UNLIMITED
    return NOT_KNOWN if number is None else count(number, "core")


def _price(plan: DeployPlan) -> str:
    hourly = price(plan.usd_per_hour)
    return hourly if plan.usd_per_hour is None else f"{hourly}\n{monthly(plan.usd_per_hour)}"


def _quota(plan: DeployPlan) -> str:
    needed, region = count(plan.cores_needed, "core"), escape(plan.region)
    left = NOT_KNOWN_LEFT.format(region=region)
    if plan.cores_left is not None:
        left = free(plan.cores_left, region)
    return NEEDS.format(cores=needed, left=left)
