"""`cancel`: end an operation; everybody their own, operators all."""

from __future__ import annotations

from handlers.blocks import endpoints as endpoint_blocks
from handlers.blocks.elements import code, section
from handlers.command import Action, Call, Command, Reply

STOPPING = "{operation} stops after the step it is in and deletes what it made."
NOTHING = "Nothing of yours is running."
WHICH = "Which one shall I cancel?"


def run(call: Call) -> Reply:
    if call.text:
        return _stopped(call, call.text)
    running = [
        one
        for one in call.services.operations.running()
        if call.operator or one.asked.user == call.user
    ]
    if not running:
        return Reply(text=NOTHING)
    names = ", ".join(one.id for one in running)
    rows = endpoint_blocks.rows(running, call.now)
    return Reply(text=f"{WHICH} {names}", blocks=[section(WHICH), *rows])


def stop(call: Call) -> Reply:
    return _stopped(call, call.value)


def _stopped(call: Call, name: str) -> Reply:
    operation = call.services.operations.cancel(name, call.user, operator=call.operator)
    text = STOPPING.format(operation=code(operation.id))
    return Reply(text=text.replace("`", ""), blocks=[section(text)])


COMMAND = Command(
    name="cancel",
    usage="cancel [operation]",
    summary="Cancel an operation: your own, or any if you are an operator.",
    example="cancel",
    rank=7,
    run=run,
    actions={"stop": Action(run=stop)},
)
