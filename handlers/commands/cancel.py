"""`cancel`: end an operation; everybody their own, operators all."""

from __future__ import annotations

from handlers.blocks import endpoints as endpoint_blocks
from handlers.blocks.elements import code, section
from handlers.command import Action, Call, Command, May, Owned, Reply
from services.models import Operation

STOPPING = "{operation} stops after the step it is in and deletes what it made."
NOTHING = "Nothing of yours is running."
NOTHING_HERE = (
    "Nothing of yours that everybody here may see is running. Type `/aml cancel` for the rest: "
    "only you read that."
)
WHICH = "Which one shall I cancel?"


def run(call: Call) -> Reply:
    if call.text:
        return _stopped(call, call.text)
    seen = call.services.operations.running(call.reader)
    running = [
        operation
        for operation in seen
        if isinstance(operation, Operation) and (call.operator or operation.asked.user == call.user)
    ]
    if not running:
        return Reply(text=NOTHING_HERE if call.reader.aloud and seen else NOTHING)
    names = ", ".join(operation.id for operation in running)
    rows = endpoint_blocks.rows(running, call.now)
    return Reply(text=f"{WHICH} {names}", blocks=[section(WHICH), *rows])


def stop(call: Call) -> Reply:
    return _stopped(call, call.value)


def owner(call: Call) -> Owned | None:
    """Whose operation it is; nobody's where none is named."""
    name = call.text or call.value
    if not name:
        return None
    whose = call.services.operations.ownership(name, call.reader)
    return Owned(name=whose.operation, user=whose.user, private=whose.private)


def _stopped(call: Call, name: str) -> Reply:
    operation = call.services.operations.cancel(name, call.reader)
    text = STOPPING.format(operation=code(operation))
    return Reply(text=text.replace("`", ""), blocks=[section(text)])


COMMAND = Command(
    name="cancel",
    usage="cancel [operation]",
    summary="Cancel an operation: your own, or any if you are an operator.",
    example="cancel",
    rank=7,
    quick=True,
    may=May.OWNER,
    owner=owner,
    run=run,
    actions={"stop": Action(run=stop, may=May.OWNER, owner=owner)},
)
