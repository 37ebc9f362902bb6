"""The first question to a new deployment: a picture that is easy to tell."""

from __future__ import annotations

import io
from functools import partial

from services.errors import ErrorText, ServiceRefusedError
from services.models import DeployPlan
from services.workflows.tools import tools

LABELS = ("crossword puzzle", "banana")
SHARE = "{label} {percent} %"
ANSWER = "Asked whether a black and white grid is a {first} or a {second}, it answered {shares}"
ENGINE = " (engine: {engine})"
NO_ADDRESS = ErrorText(code="NoScoringUri", what="The endpoint {endpoint} has no address to ask.")


def ask_about_grid(plan: DeployPlan) -> str:
    """Show the model a picture that is easy to tell, and return what it says, in words."""
    endpoint = tools().azureml.endpoints.get(plan.endpoint)
    if endpoint is None or endpoint.scoring_uri is None:
        raise ServiceRefusedError(NO_ADDRESS, endpoint=plan.endpoint)
    key = partial(tools().azureml.endpoints.key, plan.endpoint)
    scored = tools().scoring.classify(
        endpoint.scoring_uri, key, plan.deployment, (_grid(),), LABELS
    )
    shares = zip(scored.labels, scored.probabilities[0], strict=True)
    words = ", ".join(
        SHARE.format(label=label, percent=f"{share * 100:.0f}") for label, share in shares
    )
    engine = ENGINE.format(engine=scored.engine) if scored.engine else ""
    return ANSWER.format(first=LABELS[0], second=LABELS[1], shares=words) + engine


def _grid() -> bytes:
    """A small black and white chequered JPEG."""
    from PIL import Image  # noqa: PLC0415 - for this alone; strangers' pictures are read elsewhere

    cells = Image.new("L", (8, 8))
    cells.putdata([255 * ((number + number // 8) % 2) for number in range(64)])
    picture = io.BytesIO()
    cells.resize((224, 224), Image.Resampling.NEAREST).convert("RGB").save(picture, "JPEG")
    return picture.getvalue()
