"""What was agreed to, held against the Hub when the job is submitted, and after it has ended.

Azure's pipeline takes no revision: it downloads what `main` is then. So the commit is read again
right before the job is submitted, and compared with what Azure says that it downloaded.
"""

from __future__ import annotations

import asyncio
import logging

from services.errors import ErrorText, ServiceError, ServiceRefusedError, UserError
from services.models import ImportPlan, Model
from services.workflows.steps import Work
from services.workflows.tools import tools

log = logging.getLogger(__name__)

MOVED = ErrorText(
    code="RevisionMoved",
    what="{hub_id} has moved on since its plan was made.",
    why="The plan is for the revision {planned}, and the Hub has {now}. No job was started.",
    advice="Retry makes a new plan for what is there now.",
)
MOVED_CODE = ErrorText(
    code="AllowedRevisionMoved",
    what="{hub_id} has moved on since its code was allowed.",
    why="The revision {planned} was allowed, and the Hub has {now}. No job was started.",
    advice="Retry makes a new plan; read the new code, and allow it anew.",
)
CLOSED = ErrorText(
    code="AccessChanged",
    what="{hub_id} is no longer as open as when its plan was made.",
    why="It is gated or private now. No job was started.",
    advice="Retry makes a new plan, which says what it takes.",
)
NO_REVISION = "none that it tells"
PATIENCE = 120.0  # simulated seconds for what is only said in addition
TAG_REVISION = "aml-bot-hub-revision"  # the whole hash that was downloaded
TAG_PLANNED = "aml-bot-planned-revision"  # the whole hash that was agreed to
TAG_MATCH = "aml-bot-revision-as-planned"
YES, NO, UNKNOWN = "yes", "no", "not known"
SHOWN = 7  # letters that people read; more where those do not tell two hashes apart


def hold_to(plan: ImportPlan) -> None:
    """Ask the Hub once more, right before the job is submitted.

    Raises:
        ServiceRefusedError: it has another revision than the plan, or asks for a token now.
        UserError: the repository is gone, or the Hub refuses.
        TemporaryError: the Hub cannot be asked now.
    """
    now = tools().hub.revision(plan.hub_id)
    if not now.sha or now.sha != plan.sha:
        raise ServiceRefusedError(
            MOVED_CODE if plan.code else MOVED,
            hub_id=plan.hub_id,
            planned=_short(plan.sha, now.sha),
            now=_short(now.sha, plan.sha) or NO_REVISION,
        )
    if not now.access or ((now.gated or now.private) and not plan.with_token):
        raise ServiceRefusedError(CLOSED, hub_id=plan.hub_id)


async def downloaded(work: Work, model: Model) -> str:
    """Return the revision that Azure says it downloaded; "" where it does not say."""
    try:
        return await work.call(
            lambda: tools().azureml.revisions.downloaded(model.name, model.version),
            patience=PATIENCE,
        )
    except UserError as error:
        log.warning("%s: the downloaded revision is not known: %s", work.operation.id, error)
        return ""


async def current(plan: ImportPlan) -> str:
    """Return the revision that the Hub has now; "" where it cannot be asked, which is no fault."""
    try:
        found = await asyncio.to_thread(tools().hub.revision, plan.hub_id)
    except ServiceError as error:
        log.info("the present revision of %s is not known: %s", plan.hub_id, error)
        return ""
    return found.sha


async def mark(work: Work, model: Model, plan: ImportPlan, sha: str) -> None:
    """Write on the model which revision it was made from, and whether that was the planned one."""
    match = UNKNOWN if not sha else YES if sha == plan.sha else NO
    tags = {TAG_PLANNED: plan.sha, TAG_REVISION: sha or UNKNOWN, TAG_MATCH: match}
    try:
        await work.call(
            lambda: tools().azureml.revisions.mark(model.name, model.version, tags),
            patience=PATIENCE,
        )
    except UserError as error:  # the message says the same
        log.warning("%s: the model could not be marked: %s", work.operation.id, error)


def _short(sha: str, other: str) -> str:
    shown = SHOWN
    while sha != other and sha[:shown] == other[:shown]:
        shown += SHOWN
    return sha[:shown]
