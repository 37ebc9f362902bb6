"""`import`: bring a model of the Hugging Face Hub into the workspace, after a checklist."""

from __future__ import annotations

from handlers.blocks import forms, plan as plan_blocks
from handlers.blocks.elements import code, escape
from handlers.command import Action, Call, Command, Effect, Option, Reply, View
from services.errors import InvalidInputError, NotAllowedError, NotFoundError, NotSupportedError
from services.models import DeployPlan, ImportPlan, Plan, Way
from services.planning import IMPORT_TASKS

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
NOT_YOURS = "Only operators may allow a repository's own code."
NOT_YOURS_ADVICE = "Click Ask an operator on its checklist."
THERE = "{name} is imported already, by {operation}."
ALLOWING = "allow:"  # begins the state of the form that asks for the reason
WHICH = "Which model shall I import?"
WHICH_ADVICE = "Name it as the Hub does, for example `/aml import google-bert/bert-base-uncased`."


def run(call: Call) -> Reply:
    if not call.text:
        raise InvalidInputError(WHICH, advice=WHICH_ADVICE, suggestions=(f"import {EXAMPLE}",))
    return _planned(call, call.text, call.options.get("task"))


def from_button(call: Call) -> Reply:
    """Import beside a model of the Hub: its checklist."""
    return _planned(call, call.value, None)


def execute(call: Call, plan: DeployPlan | ImportPlan) -> Reply:
    if not isinstance(plan, ImportPlan):
        raise TypeError("not a plan of import")
    started = call.services.imports.start(plan, call.asked, call.value, by=call.by)
    operation = started.operation.id
    if started.joined and started.operation.state.ended:
        return Reply(text=THERE.format(name=code(plan.model_name), operation=code(operation)))
    text = plan_blocks.JOINED if started.joined else plan_blocks.STARTED
    return Reply(
        text=text.format(operation=code(operation)), operation=operation, follows=started.joined
    )


def retry(call: Call) -> Reply:
    """A new plan for what an operation was to do."""
    plan = call.services.operations.get(call.value).plan
    if not isinstance(plan, ImportPlan):
        raise TypeError("not an operation of import")
    return Reply(plan=call.services.imports.reconsider(plan))


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
    plan, content = _allowable(call, call.value)
    what = next((check.text for check in content.checks if check.way is Way.CODE), NO_CODE)
    note = CODE_NOTE.format(
        name=escape(content.hub_id), sha=code(content.sha[:7]), what=escape(what)
    )
    reason = forms.text_input("reason", REASON, hint=REASON_HINT, multiline=True)
    blocks = [forms.note(note), reason]
    return Reply(
        view=forms.modal("import_model", CODE_TITLE, CODE_BUTTON, blocks, ALLOWING + plan.id)
    )


def _allowed(call: Call) -> Reply:
    """The plan anew, with the operator's yes; it stays the plan of whoever asked."""
    plan, content = _allowable(call, call.value.removeprefix(ALLOWING))
    reason = call.values.get("reason", "")
    return Reply(
        plan=call.services.imports.allow_code(content, call.user, reason), asked=plan.asked
    )


def _allowable(call: Call, plan_id: str) -> tuple[Plan, ImportPlan]:
    if not call.operator:
        raise NotAllowedError(NOT_YOURS, advice=NOT_YOURS_ADVICE)
    plan = call.services.operations.plan(plan_id)
    if not isinstance(plan.content, ImportPlan):
        raise TypeError("not a plan of import")
    return plan, plan.content


def submit(call: Call) -> Reply:
    if call.value.startswith(ALLOWING):
        return _allowed(call)
    task = call.values.get("task", "")
    try:
        return _planned(call, call.values.get("id", ""), None if task in {"", "hub"} else task)
    except (NotFoundError, NotSupportedError) as error:
        raise InvalidInputError.beside("id", error) from error


def _planned(call: Call, text: str, task: str | None) -> Reply:
    return Reply(plan=call.services.imports.plan(text, task))


COMMAND = Command(
    name="import",
    usage="import <owner/name> [task:<task>]",
    summary="Import a model from the Hugging Face Hub; shows licence and checks first.",
    example=f"import {EXAMPLE}",
    options=(Option(name="task", summary="other than the Hub says", values=IMPORT_TASKS),),
    effect=Effect.SPEND,
    rank=3,
    run=run,
    execute=execute,
    form=form,
    submit=submit,
    actions={
        "form": Action(run=open_form, opens=True),
        "allow": Action(run=open_allowing, effect=Effect.SPEND, opens=True),
        "model": Action(run=from_button, effect=Effect.SPEND),
        "retry": Action(run=retry, effect=Effect.SPEND),
    },
)
