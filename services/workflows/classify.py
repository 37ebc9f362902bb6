"""Classifying pictures: fetch, make small, ask the endpoint. Few steps, because people wait for it.

The step sequence of `classify.v1` is frozen once released; the next change ships `classify.v2`.
"""

from __future__ import annotations

import asyncio
import logging
import secrets
from functools import partial

from dbos import DBOS

from services import images
from services.errors import (
    ErrorText,
    InvalidInputError,
    NotFoundError,
    ServiceRefusedError,
    Suggestion,
    UserError,
)
from services.images import Normalised
from services.kinds import OperationKind
from services.models import ClassifyPlan, ClassifyResult, Picture, Scores, Step
from services.scoring import Key, Scored
from services.store.records import JSON
from services.workflows.lifecycle import announce, finish, happy_ending, unhappy_ending
from services.workflows.steps import CancelRequestedError, Work, perform
from services.workflows.tools import tools

log = logging.getLogger(__name__)

ASK = "Ask {endpoint}"
SKIPPED = "{picture}: {reason}"
NO_ENDPOINT = ErrorText(
    code="EndpointGone",
    what="The endpoint {endpoint} is gone.",
    advice="Deploy a classifier again, or choose another endpoint.",
)
NO_ADDRESS = ErrorText(
    code="NoAddressYet",
    what="The endpoint {endpoint} has no address to ask yet.",
    advice="Wait until it is ready: list shows its state.",
)
UNREAD = ErrorText(
    code="PictureNotLookedAt",
    what="It could not be looked at: something went wrong inside the bot.",
    advice="Retry; if it happens again, tell whoever runs the bot the reference {reference}.",
)
_AT_ONCE = 2  # pictures of one classification: so ten of them let those of others through
_PATIENCE = 5 * 60.0  # simulated seconds: people are waiting in front of it


def planned_steps(plan: ClassifyPlan) -> tuple[Step, ...]:
    """Return the steps that people see from the beginning."""
    return (Step(name="score", title=ASK.format(endpoint=plan.endpoint)),)


@DBOS.workflow(name="classify.v1", max_recovery_attempts=1000)
async def classify(operation_id: str, boot: str) -> JSON:
    """`boot` names the process that started it; in any other one this is a recovery."""
    await announce(operation_id, boot)
    facts = await score(operation_id)
    ending = facts["ending"] if facts["ok"] else unhappy_ending(facts)
    return await finish(operation_id, ending, boot)


@DBOS.step(name="classify.score", preemptible=True)
async def score(operation_id: str) -> JSON:
    async def run(work: Work) -> JSON:
        plan = work.plan(ClassifyPlan)
        (read, skipped), (uri, key) = await asyncio.gather(
            _pictures(work, plan.pictures), work.call(lambda: _address(plan), patience=_PATIENCE)
        )
        jpegs = tuple(image.jpeg for _, image in read)
        scored = await work.call(
            lambda: tools().scoring.classify(uri, key, plan.deployment, jpegs, plan.labels),
            patience=_PATIENCE,
        )
        return {"ending": happy_ending(_result(plan, scored, read, skipped))}

    return await perform(operation_id, "score", run, risky=True)


async def _pictures(
    work: Work, pictures: tuple[Picture, ...]
) -> tuple[list[tuple[Picture, Normalised]], tuple[str, ...]]:
    """All pictures that can be read, and a sentence for each that cannot.

    Raises:
        UserError: none can be read; the reason of the first.
    """
    tools().decoders.prepare()
    turns = asyncio.Semaphore(_AT_ONCE)

    async def read_in_turn(picture: Picture) -> Normalised:
        async with turns, tools().decoders.room:
            return await _read(work, picture)

    reading = asyncio.gather(*map(read_in_turn, pictures), return_exceptions=True)
    results = await work.alongside(reading)
    read: list[tuple[Picture, Normalised]] = []
    refused: list[tuple[Picture, UserError]] = []
    for picture, result in zip(pictures, results, strict=True):
        if isinstance(result, Normalised):
            read.append((picture, result))
        else:
            refused.append((picture, _refusal(work, result)))
    if refused and not read:
        raise refused[0][1]
    return read, tuple(_skipped(picture, error) for picture, error in refused)


async def _read(work: Work, picture: Picture) -> Normalised:
    """A picture from where it is kept; the smaller copy if that can be read, else the whole."""
    fetch, decoders = tools().pictures.fetch, tools().decoders
    fetched = await work.call(lambda: fetch(picture, images.MOST_BYTES), patience=_PATIENCE)
    try:
        return await decoders.normalise(fetched.content)
    except InvalidInputError:
        if not fetched.reduced:
            raise
    whole = await work.call(
        lambda: fetch(picture, images.MOST_BYTES, original=True), patience=_PATIENCE
    )
    return await decoders.normalise(whole.content)


def _refusal(work: Work, error: BaseException) -> UserError:
    """Why one picture was not read; what nobody foresaw costs that picture only.

    Raises:
        BaseException: it is about all of them: somebody cancelled, the process stops.
    """
    if isinstance(error, UserError):
        return error
    if not isinstance(error, Exception) or isinstance(error, CancelRequestedError):
        raise error
    reference = secrets.token_hex(4)
    log.error("%s: a picture, reference %s", work.operation.id, reference, exc_info=error)
    return UserError(UNREAD, reference=reference)


def _skipped(picture: Picture, error: UserError) -> str:
    """Why it was not looked at, in a sentence that names it once."""
    named = error.what.startswith(picture.name)
    return error.what if named else SKIPPED.format(picture=picture.name, reason=error.what)


def _result(
    plan: ClassifyPlan,
    scored: Scored,
    read: list[tuple[Picture, Normalised]],
    skipped: tuple[str, ...],
) -> ClassifyResult:
    rows = zip(read, scored.probabilities, strict=True)
    return ClassifyResult(
        endpoint=plan.endpoint,
        engine=scored.engine or plan.model,
        note=scored.note,
        pictures=tuple(
            Scores(
                picture=picture.name,
                labels=scored.labels,
                probabilities=probabilities,
                note=image.note,
            )
            for (picture, image), probabilities in rows
        ),
        skipped=skipped,
    )


def _address(plan: ClassifyPlan) -> tuple[str, Key]:
    """Where to ask, and what gives the key that allows it, which is held from now on."""
    endpoint = tools().azureml.endpoints.get(plan.endpoint)
    if endpoint is None:
        listed = (Suggestion(verb="list"),)
        raise NotFoundError(NO_ENDPOINT, endpoint=plan.endpoint, suggestions=listed)
    if endpoint.scoring_uri is None:
        raise ServiceRefusedError(NO_ADDRESS, endpoint=plan.endpoint)
    key = partial(tools().azureml.endpoints.key, plan.endpoint)
    key()
    return endpoint.scoring_uri, key


KIND = OperationKind(
    name="classify",
    prefix="cls",
    plan=ClassifyPlan,
    result=ClassifyResult,
    steps=planned_steps,
    workflow=classify,
)
