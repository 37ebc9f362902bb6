"""`import`: bring a model of the Hugging Face Hub into the workspace, after a checklist."""

from __future__ import annotations

from handlers.blocks import forms, plan as plan_blocks
from handlers.blocks.elements import code
from handlers.command import Action, Call, Command, Effect, Option, Reply, View
from services.errors import InvalidInputError, NotFoundError, NotSupportedError
from services.models import DeployPlan, ImportPlan
from services.planning import IMPORT_TASKS

TITLE = "Import a model"
ID, ID_HINT = "Model on the Hugging Face Hub", "owner/name, or its link"
TASK, TASK_HINT = "Task", "Usually what the Hub says"
HUB_TASK = ("hub", "What the Hub says")
WHICH = "Which model shall I import?"
WHICH_ADVICE = "Name it as the Hub does, for example `/aml import google-bert/bert-base-uncased`."


def run(call: Call) -> Reply:
    if not call.text:
        raise InvalidInputError(
            WHICH, advice=WHICH_ADVICE, suggestions=("import google-bert/bert-base-uncased",)
        )
    return _planned(call, call.text, call.options.get("task"))


def execute(call: Call, plan: DeployPlan | ImportPlan) -> Reply:
    if not isinstance(plan, ImportPlan):
        raise TypeError("not a plan of import")
    started = call.services.imports.start(plan, call.asked, call.value)
    text = plan_blocks.JOINED if started.joined else plan_blocks.STARTED
    operation = started.operation.id
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
            "id", ID, value=call.text, hint=ID_HINT, placeholder="google-bert/bert-base-uncased"
        ),
        forms.select("task", TASK, tasks, hint=TASK_HINT),
    ]
    return forms.modal("import_model", TITLE, "Check it", blocks)


def open_form(call: Call) -> Reply:
    return Reply(view=form(call))


def submit(call: Call) -> Reply:
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
    example="import google-bert/bert-base-uncased",
    options=(Option(name="task", summary="other than the Hub says", values=IMPORT_TASKS),),
    effect=Effect.SPEND,
    rank=3,
    run=run,
    execute=execute,
    form=form,
    submit=submit,
    actions={
        "form": Action(run=open_form, opens=True),
        "retry": Action(run=retry, effect=Effect.SPEND),
    },
)
