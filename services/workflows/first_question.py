"""The first question to a new deployment: a picture that is easy to tell."""

from __future__ import annotations

import io

from PIL import Image

from services.errors import ServiceRefusedError
from services.models import DeployPlan
from services.workflows.tools import tools


def ask_about_grid(plan: DeployPlan) -> str:
    """Show the model a picture that is easy to tell; what it says, in words."""
    endpoint = tools().azureml.endpoints.get(plan.endpoint)
    if endpoint is None or endpoint.scoring_uri is None:
        raise ServiceRefusedError(
            f"The endpoint {plan.endpoint} has no address to ask.", code="NoScoringUri"
        )
    key = tools().azureml.endpoints.key(plan.endpoint)
    labels = ("crossword puzzle", "banana")
    scored = tools().scoring.classify(
        endpoint.scoring_uri, key, plan.deployment, (_grid(),), labels
    )
    shares = zip(scored.labels, scored.probabilities[0], strict=True)
    words = ", ".join(f"{label} {share * 100:.0f} %" for label, share in shares)
    engine = f" (engine: {scored.engine})" if scored.engine else ""
    question = f"Asked whether a black and white grid is a {' or a '.join(labels)}"
    return f"{question}, it answered {words}{engine}"


def _grid() -> bytes:
    """A small black and white chequered JPEG."""
    cells = Image.new("L", (8, 8))
    cells.putdata([255 * ((number + number // 8) % 2) for number in range(64)])
    picture = io.BytesIO()
    cells.resize((224, 224), Image.Resampling.NEAREST).convert("RGB").save(picture, "JPEG")
    return picture.getvalue()
