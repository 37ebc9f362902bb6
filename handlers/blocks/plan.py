"""What would be done and what it would cost, with Run, or with Ask an operator."""

from __future__ import annotations

from handlers.blocks import import_plan
from handlers.blocks.elements import actions, button, code, context, escape, fields, header, section
from handlers.blocks.error import sentence
from handlers.blocks.words import capitalised, count, instances, monthly, price
from handlers.command import Block
from services.models import DeployPlan, ImportPlan, Plan

DEPLOY_TITLE = "Deploy {name}?"
NOTHING_YET = "Nothing has happened yet. This plan holds for 30 minutes."
ASK_TEXT = "Only operators may run this. Ask one: they see this plan and can run it for you."
ASKED_FOR = "<@{user}> asks an operator to run this."
BLOCKED_FOR = "<@{user}> asks an operator to look at this."
ASK_BLOCKED_TEXT = "Operators can take what is in the way out of it. Ask one: they see this too."
WAYS_TEXT = "Nothing was started. Once it is out of the way, ask for the import again."
CHANGED = "*Something changed since the plan was made*, so nothing was started. Now it is:"
STARTED = "Started as {operation}."
JOINED = "This is under way already as {operation}; you are both told in its message."
DROPPED = "Cancelled. Nothing was started."
ASKED = "Asked in <#{channel}>. Its Run button works for operators, for 30 minutes."
RETRY = "Attempt {attempt}: the earlier one has ended."
RUN, CANCEL, ASK = "aml.plan.run", "aml.plan.cancel", "aml.plan.ask"


def text_of(content: DeployPlan | ImportPlan) -> str:
    """The plan in one sentence."""
    if isinstance(content, ImportPlan):
        return import_plan.text_of(content)
    return (
        f"Deploy {content.model_name} version {content.model_version} on {content.size} "
        f"as {content.endpoint}, {price(content.usd_per_hour)}?"
    )


def card(plan: Plan, *, may_run: bool, note: str = "") -> tuple[str, list[Block]]:
    """Text and blocks of a stored plan.

    Args:
        plan: the plan.
        may_run: whether the reader is an operator; others get Ask an operator.
        note: why nobody can tell whether they are one.
    """
    content = plan.content
    blocks = _body(content)
    if content.attempt > 1:
        blocks.append(context(RETRY.format(attempt=content.attempt)))
    if isinstance(content, ImportPlan) and content.blocked:
        return text_of(content), [*blocks, *_blocked(plan, content, may_run=may_run, note=note)]
    if may_run:
        blocks += [actions(_run(plan)), context(NOTHING_YET)]
    else:
        buttons = [
            button("Ask an operator", ASK, plan.id, style="primary"),
            button("Cancel", CANCEL, plan.id, says="Drop this plan"),
        ]
        blocks += [context(*_notes(ASK_TEXT, note)), actions(buttons)]
    return text_of(content), blocks


def _body(content: DeployPlan | ImportPlan) -> list[Block]:
    return import_plan.body(content) if isinstance(content, ImportPlan) else _deploy(content)


def _notes(text: str, note: str) -> list[str]:
    return [text, escape(note)] if note else [text]


def _blocked(plan: Plan, content: ImportPlan, *, may_run: bool, note: str) -> list[Block]:
    """The ways out in place of Run; an operator is asked only where one can help."""
    ways = import_plan.buttons(plan, content, may_run=may_run)
    if may_run or not import_plan.can_be_asked_for(content):
        return [actions(ways), context(WAYS_TEXT)]
    ask = button("Ask an operator", ASK, plan.id, style="primary")
    return [context(*_notes(ASK_BLOCKED_TEXT, note)), actions([ask, *ways])]


def request(plan: Plan) -> tuple[str, list[Block]]:
    """The plan as everybody in a channel sees it when somebody asks an operator."""
    content = plan.content
    blocked = isinstance(content, ImportPlan) and content.blocked
    asks = (BLOCKED_FOR if blocked else ASKED_FOR).format(user=plan.asked.user)
    return f"{asks} {text_of(content)}", [section(asks), *_body(content), actions(_run(plan))]


def changed(plan: Plan, old: DeployPlan | ImportPlan) -> tuple[str, list[Block]]:
    """The fresh plan, with what differs from the one that was clicked."""
    lines = [CHANGED, *(f"• {line}" for line in differences(old, plan.content))]
    text, blocks = card(plan, may_run=True)
    return f"{CHANGED.replace('*', '')} {text}", [section("\n".join(lines)), *blocks]


def differences(old: DeployPlan | ImportPlan, new: DeployPlan | ImportPlan) -> list[str]:
    """What a person must know before saying yes again; empty when nothing of weight changed."""
    if isinstance(old, DeployPlan) and isinstance(new, DeployPlan):
        return _deploy_differences(old, new)
    if isinstance(old, ImportPlan) and isinstance(new, ImportPlan):
        return _changes(import_plan.differences(old, new))
    return ["It is another kind of plan now."]


def _deploy_differences(old: DeployPlan, new: DeployPlan) -> list[str]:
    short = new.cores_left is not None and new.cores_left < new.cores_needed
    rows = (
        ("Model version", old.model_version, new.model_version),
        ("Size", old.size, new.size),
        ("Instances", str(old.count), str(new.count)),
        ("Price", price(old.usd_per_hour), price(new.usd_per_hour)),
        ("Endpoint", old.endpoint, new.endpoint),
        ("Region", old.region, new.region),
        ("Cores left", _cores(old.cores_left), _cores(new.cores_left) if short else ""),
    )
    return _changes(rows)


def _changes(rows: tuple[tuple[str, str, str], ...]) -> list[str]:
    return [
        f"{name}: {escape(before)} → *{escape(after)}*"
        for name, before, after in rows
        if after and before != after
    ]


def _cores(number: int | None) -> str:
    return "not known" if number is None else count(number, "core")


def _run(plan: Plan) -> list[Block]:
    if isinstance(plan.content, ImportPlan):
        return import_plan.buttons(plan, plan.content, may_run=True)
    what = text_of(plan.content).rstrip("?")
    return [
        button("Run", RUN, plan.id, style="primary", says=what),
        button("Cancel", CANCEL, plan.id, says="Drop this plan"),
    ]


def _deploy(plan: DeployPlan) -> list[Block]:
    place = f"registry {plan.registry}" if plan.registry else "this workspace"
    facts = [
        f"*Model*\nversion {escape(plan.model_version)} from {escape(place)}",
        f"*Task*\n{escape(plan.task or 'not stated')}",
        f"*Endpoint*\n{code(plan.endpoint)}",
        f"*Size*\n{code(plan.size)}\n{instances(plan.count)}",
        f"*Price*\n{price(plan.usd_per_hour)}{_month(plan)}",
        f"*Quota*\n{_quota(plan)}",
    ]
    blocks = [header(DEPLOY_TITLE.format(name=plan.model_name)), fields(facts)]
    if plan.warnings:
        lines = (f":warning: {escape(sentence(capitalised(line)))}" for line in plan.warnings)
        blocks.append(section("\n".join(lines)))
    return blocks


def _month(plan: DeployPlan) -> str:
    return "" if plan.usd_per_hour is None else f"\n{monthly(plan.usd_per_hour)}"


def _quota(plan: DeployPlan) -> str:
    left = "not known" if plan.cores_left is None else f"{plan.cores_left:,}"
    needs = f"needs {count(plan.cores_needed, 'core')} (with Azure's reserve)"
    return f"{needs}\n{left} left in {escape(plan.region)}"
