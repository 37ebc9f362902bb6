"""`import`: bring a model of the Hugging Face Hub into the workspace, after a checklist."""

from __future__ import annotations

import logging

from handlers.blocks import forms, import_model as import_blocks
from handlers.blocks.elements import code, escape, mention
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
from services.errors import (
    ErrorText,
    InvalidInputError,
    NotFoundError,
    NotSupportedError,
    Suggestion,
    UserError,
)
from services.models import ImportPlan, Plan, Started, Way
from services.planning import IMPORT_TASKS
from services.workflows.import_model import KIND

log = logging.getLogger(__name__)

TITLE = "Import a model"
EXAMPLE = "google-bert/bert-base-uncased"
ID, ID_HINT = "Model on the Hugging Face Hub", "owner/name, or its link"
TASK, TASK_HINT = "Task", "Usually what the Hub says"
HUB_TASK = ("hub", "What the Hub says")
CODE_TITLE = "Allow its code"
CODE_BUTTON = "Allow it"
CODE_NOTE = (
    ":warning: *{name}*, revision {sha}: {what}. Read it first. Another revision has to be allowed "
    "anew."
)
NO_CODE = "nothing of its own runs any more"
REASON = "Why may it run?"
REASON_HINT = "Everybody who looks at the import reads this"
DROPPED = ErrorText(
    code="AllowedPlanDropped",
    what="{who} cancelled this plan, so its code cannot be allowed any more.",
    why="Nothing was started.",
    advice="Ask for it again to get a new plan.",
)
WHICH = ErrorText(
    code="ImportWhich",
    what="Which model shall I import?",
    advice="Name it as the Hub does, for example `/aml import google-bert/bert-base-uncased`.",
)


def run(call: Call) -> Reply:
    if not call.text:
        raise InvalidInputError(WHICH, suggestions=(Suggestion(verb="import", argument=EXAMPLE),))
    return _planned(call, call.text, call.options.get("task"))


def from_button(call: Call) -> Reply:
    """Import beside a model of the Hub: its checklist."""
    return _planned(call, call.value, None)


def start(call: Call, plan: ImportPlan) -> Started:
    return call.services.imports.start(plan, call.asked, call.value, by=call.by)


def again(plan: ImportPlan) -> Suggestion:
    return Suggestion(verb="import", argument=plan.hub_id, options=(("task", plan.task),))


def word_of(plan: ImportPlan) -> str:
    """Who allowed its own code; "" where none runs."""
    return plan.code.by if plan.code else ""


def form(call: Call) -> View:
    tasks = [HUB_TASK, *((task, task) for task in IMPORT_TASKS)]
    blocks = [
        forms.text_input(
            "id",
            ID,
            value=call.value or call.text,
            hint=ID_HINT,
            placeholder=EXAMPLE,
        ),
        forms.select("task", TASK, tasks, hint=TASK_HINT),
    ]
    return forms.modal("import_model", TITLE, "Check it", blocks)


def open_form(call: Call) -> Reply:
    return Reply(view=form(call))


def open_allowing(call: Call) -> Reply:
    """Ask an operator why the repository's own code may run."""
    plan, content = _imported(call)
    what = next((check.text for check in content.checks if check.way is Way.CODE), NO_CODE)
    note = CODE_NOTE.format(
        name=escape(content.hub_id), sha=code(content.sha[:7]), what=escape(what)
    )
    reason = forms.text_input("reason", REASON, hint=REASON_HINT, multiline=True)
    blocks = [forms.note(note), reason]
    return Reply(view=forms.modal("import_model.allow", CODE_TITLE, CODE_BUTTON, blocks, plan.id))


def allow(call: Call) -> Reply:
    """The plan anew, with the operator's yes; it stays the plan of whoever asked."""
    plan, content = _imported(call)
    reason = call.values.get("reason", "")
    allowed = call.services.imports.allow_code(content, call.user, reason)
    who, where = call.user, call.asked.channel
    log.info("allow: %s in %s: code of %s at %s", who, where, content.hub_id, content.sha)
    return Reply(plan=allowed, asked=plan.asked)


def _imported(call: Call) -> tuple[Plan, ImportPlan]:
    plan = call.services.operations.plan(call.value)
    content = KIND.check(plan.content)
    if plan.dropped_by:
        raise UserError(DROPPED, who=mention(plan.dropped_by), suggestions=(again(content),))
    return plan, content


def submit(call: Call) -> Reply:
    task = call.values.get("task", "")
    try:
        return _planned(call, call.values.get("id", ""), None if task in {"", "hub"} else task)
    except (NotFoundError, NotSupportedError) as error:
        raise InvalidInputError.beside("id", error) from error


def _planned(call: Call, text: str, task: str | None) -> Reply:
    return Reply(plan=call.services.imports.plan(text, task))


VIEW = OperationView(
    kind=KIND,
    outcome=import_blocks.outcome,
    facts=import_blocks.facts,
    retry="aml.import_model.retry",
    plan=PlanView(
        sentence=import_blocks.sentence_of,
        body=import_blocks.body,
        changes=import_blocks.changes,
        again=again,
        reconsider=lambda services, plan: services.imports.reconsider(plan),
        start=start,
        already=import_blocks.already,
        says=import_blocks.says,
        caution=import_blocks.caution,
        ways=import_blocks.ways,
        askable=import_blocks.askable,
        word_of=word_of,
    ),
)

COMMAND = Command(
    name="import",
    usage="import <owner/name> [task:<task>]",
    summary="Import a model from the Hugging Face Hub; shows licence and checks first.",
    example=f"import {EXAMPLE}",
    options=(Option(name="task", summary="other than the Hub says", values=IMPORT_TASKS),),
    effect=Effect.SPEND,
    may=May.OPERATOR,
    view=VIEW,
    rank=3,
    run=run,
    form=form,
    submit=submit,
    actions={
        "form": Action(run=open_form, opens=True),
        "allow": Action(run=open_allowing, submit=allow, may=May.OPERATOR, opens=True),
        "model": Action(run=from_button, effect=Effect.SPEND, may=May.OPERATOR),
    },
)
