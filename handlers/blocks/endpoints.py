"""Show what runs in the workspace and what it costs: the lists of `list`, `status` and App Home."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from handlers.blocks import operation as operations
from handlers.blocks.elements import actions, button, code, context, divider, escape, section
from handlers.blocks.words import capitalised, count, duration, instances, money, price
from handlers.command import Block
from services.models import AssetId, Deployment, Endpoint, Glimpse, Operation, VmSize
from services.planning import known_size

NO_ENDPOINTS = "No endpoint runs in this workspace."
DEPLOY_HINT = "Deploy a model with `/aml deploy <model>`."
NOTHING_RUNS = "Nothing is running right now."
ESTIMATE = "Estimates: the list price, and the time since the endpoint was made."
NO_DEPLOYMENT = "no deployment"
WARNING = ":warning: {text}."
CANNOT_READ = ":warning: The deployment {name} {problem}."
NOT_KNOWN = "state not known"
NO_MODEL, NO_SIZE, NO_COUNT = "model not known", "size not known", "number of instances not known"
TRAFFIC = "{share} % of the traffic"
SO_FAR = "about {amount} so far"
RECENT = "*Recently*"
RUNNING = "*Running now*"
MOST = 15
ALL = 100
HOUR = 3_600


def listing(
    endpoints: Sequence[Endpoint],
    running: Sequence[Operation | Glimpse],
    sizes: Mapping[str, VmSize],
    now: float,
) -> tuple[str, list[Block]]:
    """Text and blocks of everything that runs."""
    blocks: list[Block] = []
    if endpoints:
        blocks.append(section(f"*{count(len(endpoints), 'endpoint')}*"))
        blocks += [section(describe(endpoint, sizes, now)) for endpoint in endpoints[:MOST]]
        if len(endpoints) > MOST:
            blocks.append(context(f"and {len(endpoints) - MOST} more"))
        blocks.append(context(ESTIMATE))
    else:
        blocks.append(section(f"{NO_ENDPOINTS} {escape(DEPLOY_HINT)}"))
    if running:
        blocks += [divider(), section(RUNNING), *rows(running, now)]
    names = ", ".join(f"{endpoint.name} ({_plain_state(endpoint)})" for endpoint in endpoints)
    text = f"{count(len(endpoints), 'endpoint')}: {names}" if endpoints else NO_ENDPOINTS
    under_way = ", ".join(
        operations.named(each) if isinstance(each, Glimpse) else each.id for each in running
    )
    return (f"{text}. Running: {under_way}" if under_way else text), blocks


def status(
    running: Sequence[Operation | Glimpse], ended: Sequence[Operation | Glimpse], now: float
) -> tuple[str, list[Block]]:
    """Return what is under way, then what ended lately."""
    blocks: list[Block] = []
    if running:
        blocks += [section(RUNNING), *rows(running, now)]
    else:
        blocks.append(section(NOTHING_RUNS))
    if ended:
        shown = "\n".join(operations.line(operation, now) for operation in ended[:5])
        blocks += [divider(), section(f"{RECENT}\n{shown}")]
    lists = button("All endpoints", f"{SAY}.0", "list", says="List all endpoints")
    blocks.append(actions([lists]))
    if not running:
        return NOTHING_RUNS, blocks
    return "Running: " + ", ".join(map(operations.named, running)), blocks


SAY = "aml.say.run"


def rows(running: Sequence[Operation | Glimpse], now: float) -> list[Block]:
    """A line for each, with a Cancel button unless it was asked for in private."""
    return [
        section(
            operations.line(operation, now),
            accessory=None if isinstance(operation, Glimpse) else operations.cancel(operation),
        )
        for operation in running[:MOST]
    ]


def details(endpoint: Endpoint, sizes: Mapping[str, VmSize], now: float) -> tuple[str, list[Block]]:
    """Text and blocks of a single endpoint."""
    text = f"{endpoint.name}: {_plain_state(endpoint)}"
    return text, [section(describe(endpoint, sizes, now)), context(ESTIMATE)]


def describe(endpoint: Endpoint, sizes: Mapping[str, VmSize], now: float) -> str:
    """An endpoint with its deployments, age, price and price so far."""
    age = "" if endpoint.created is None else f" · {duration(now - endpoint.created)} old"
    lines = [f"*{escape(endpoint.name)}* · {_state(endpoint.state)}{age}"]
    if endpoint.problem:
        lines.append(WARNING.format(text=escape(capitalised(endpoint.problem))))
    lines += [_deployment(each, endpoint) for each in endpoint.deployments]
    if endpoint.deployments:
        lines.append(_cost(hourly_price(endpoint, sizes), endpoint, now))
    elif not endpoint.problem:
        lines.append(NO_DEPLOYMENT)
    return "\n".join(lines)


def hourly_price(endpoint: Endpoint, sizes: Mapping[str, VmSize]) -> float | None:
    """Dollars an hour of all its deployments, None where a price is missing."""
    total = 0.0
    for each in endpoint.deployments:
        known = known_size(each.size, sizes)
        dollars = known.price(endpoint.region) if known else None
        if dollars is None or each.count is None or each.problem:
            return None
        total += dollars * each.count
    return total


def model_name(asset: str) -> str:
    """`clip version 12` from `azureml://registries/azureml/models/clip/versions/12`."""
    model = AssetId.parse(asset) or AssetId(name=asset)
    return f"{model.name} version {model.version}" if model.version else model.name


def _deployment(deployment: Deployment, endpoint: Endpoint) -> str:
    if deployment.problem:
        name, problem = escape(deployment.name), escape(deployment.problem)
        return CANNOT_READ.format(name=name, problem=problem)
    share = endpoint.share(deployment.name) or deployment.traffic
    size = code(deployment.size) if deployment.size else NO_SIZE
    number = NO_COUNT if deployment.count is None else instances(deployment.count)
    alone = len(endpoint.deployments) == 1 and share == ALL
    parts = [size, number, "" if alone else TRAFFIC.format(share=share)]
    if deployment.state != "Succeeded":
        parts.append(_state(deployment.state))
    model = escape(model_name(deployment.model)) if deployment.model else NO_MODEL
    return f"{model}\n{' · '.join(part for part in parts if part)}"


def _plain_state(endpoint: Endpoint) -> str:
    """Azure's provisioning state without a mark, for texts."""
    return endpoint.state.lower() or NOT_KNOWN


def _state(state: str) -> str:
    """Azure's provisioning state with a mark; "Succeeded" says nothing about running."""
    marks = {
        "Succeeded": ":large_green_circle: ready",
        "Failed": ":x: failed",
        "Creating": ":hourglass_flowing_sand: being made",
        "Updating": ":hourglass_flowing_sand: being changed",
        "Scaling": ":hourglass_flowing_sand: being scaled",
        "Deleting": ":wastebasket: being deleted",
        "Canceled": ":x: cancelled",
        "": f":grey_question: {NOT_KNOWN}",
    }
    return marks.get(state, escape(state.lower()))


def _cost(hourly: float | None, endpoint: Endpoint, now: float) -> str:
    if hourly is None or endpoint.created is None:
        return price(hourly)
    spent = money(hourly * max(0.0, now - endpoint.created) / HOUR)
    return f"{price(hourly)}, {SO_FAR.format(amount=spent)}"
