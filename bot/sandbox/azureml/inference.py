"""The scoring address of online endpoints: keys, traffic, limits, and the model's own answer."""

from __future__ import annotations

import asyncio
import re
import secrets
import uuid
from collections import Counter
from collections.abc import Iterator
from typing import Any, Protocol

from aiohttp import web

from bot.sandbox.azureml.arm import Json, RefusalError, Route, answer, missing
from bot.sandbox.azureml.assets import Assets
from bot.sandbox.azureml.state import State

CLASSIFIES = "zero-shot-image-classification"
LARGEST_BODY = 1_500_000
DEPLOYMENT_HEADER = "azureml-model-deployment"
DURATION = re.compile(r"PT(?:(\d+)M)?(?:([\d.]+)S)?")
DEFAULT_SECONDS = 5.0


class Scored(Protocol):
    """An answer of the model's container."""

    @property
    def status(self) -> int: ...
    @property
    def body(self) -> Any: ...  # noqa: ANN401 - any JSON value
    @property
    def headers(self) -> dict[str, str]: ...


class Scorer(Protocol):
    """A zero-shot image classification model that can be run."""

    def score(self, body: bytes) -> Scored: ...


class Inference:
    """Scores as a managed endpoint does; models that the sandbox cannot run say so."""

    def __init__(self, state: State, assets: Assets, scorer: Scorer) -> None:
        self._state = state
        self._assets = assets
        self._scorer = scorer
        self._pending: Counter[str] = Counter()

    def routes(self) -> Iterator[Route]:
        yield Route(
            method="POST",
            path="/endpoints/{endpoint}/score",
            handler=self.score,
            note="one path an endpoint instead of one host; only zero-shot-image-classification "
            "models really run",
        )

    async def score(self, request: web.Request) -> web.Response:
        name = request.match_info["endpoint"]
        endpoint = self._state.collection("endpoints").get(name)
        if endpoint is None:
            raise missing(f"There is no endpoint {name}.", "NotFound")
        self._check_key(request, endpoint)
        chosen, deployment = self._deployment(name, endpoint, request)
        body = await request.read()
        if len(body) > LARGEST_BODY:
            status = web.HTTPRequestEntityTooLarge.status_code
            message = f"The request is larger than {LARGEST_BODY} bytes."
            raise RefusalError(status, "RequestEntityTooLarge", message)
        response = await self._answered(f"{name}/{chosen}", deployment, body)
        response.headers[DEPLOYMENT_HEADER] = chosen
        response.headers["x-request-id"] = str(uuid.uuid4())
        return response

    def _check_key(self, request: web.Request, endpoint: Json) -> None:
        """Refuse a caller without what this endpoint takes: its key, its token, or a login."""
        sent = request.headers.get("Authorization", "").removeprefix("Bearer ").strip()
        mode, now = endpoint["auth"].lower(), self._state.clock.now()
        good: list[str] = endpoint["keys"]
        if mode == "amltoken":
            tokens = endpoint.get("tokens", [])
            good = [each["secret"] for each in tokens if each["ends"] > now]
        elif mode == "aadtoken":
            good = [self._state.token]
        if not any(secrets.compare_digest(sent.encode(), each.encode()) for each in good):
            status, code = web.HTTPUnauthorized.status_code, f"{mode}_auth_access_denied"
            raise RefusalError(status, code, "What was sent does not open this endpoint.")

    def _deployment(self, name: str, endpoint: Json, request: web.Request) -> tuple[str, Json]:
        wanted = request.headers.get(DEPLOYMENT_HEADER)
        chosen = wanted or next((d for d, share in endpoint["traffic"].items() if share), None)
        found = {
            child: document
            for child, document in self._state.children("deployments", name)
            if chosen and child.lower() == chosen.lower()
        }
        for child, document in found.items():
            if document["change"]["verb"] != "Creating" or (
                self._state.provisioning(document) == "Succeeded"
            ):
                return child, document
        message = (
            f"Deployment {wanted} of {name} cannot answer."
            if wanted
            else f"No deployment of {name} has traffic."
        )
        raise missing(message, "NotFound")

    async def _answered(self, key: str, deployment: Json, body: bytes) -> web.Response:
        settings = deployment["asked"]["requestSettings"] or {}
        at_once = int(settings.get("maxConcurrentRequestsPerInstance") or 1)
        if self._pending[key] >= 2 * at_once * deployment["count"]:
            status = web.HTTPTooManyRequests.status_code
            message = "Too many requests are waiting for this deployment."
            raise RefusalError(status, "TooManyRequests", message)
        self._pending[key] += 1
        try:
            scoring = self._scored(deployment, body)
            return await asyncio.wait_for(scoring, _seconds(settings.get("requestTimeout")))
        except TimeoutError as error:
            message = "The model did not answer within the deployment's request time-out."
            status = web.HTTPRequestTimeout.status_code
            raise RefusalError(status, "RequestTimeout", message) from error
        finally:
            self._pending[key] -= 1

    async def _scored(self, deployment: Json, body: bytes) -> web.Response:
        model = deployment["model"]
        asset = self._assets.find(model["assetId"] if isinstance(model, dict) else model)
        if asset is None or CLASSIFIES not in asset.tasks:
            return _not_run(", ".join(asset.tasks) if asset else "")
        scored = await asyncio.to_thread(self._scorer.score, body)
        return answer(scored.body, status=scored.status, headers=dict(scored.headers))


def _not_run(task: str) -> web.Response:
    message = (
        f"This sandbox runs no model for the task {task or 'of this deployment'}: only "
        f"{CLASSIFIES} models really answer here."
    )
    headers = {
        "ms-azureml-model-error-statuscode": "501",
        "ms-azureml-model-error-reason": "model_not_run",
    }
    failed_dependency = 424
    return answer({"message": message}, status=failed_dependency, headers=headers)


def _seconds(duration: str | None) -> float:
    """`PT1M30S` in seconds; Azure's default where nothing is said."""
    match = DURATION.fullmatch(duration or "")
    if match is None:
        return DEFAULT_SECONDS
    return 60 * float(match[1] or 0) + float(match[2] or 0)
