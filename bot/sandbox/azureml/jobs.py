"""Jobs: pipelines with their child steps, run history, cancel; statuses follow from start times."""

from __future__ import annotations

import uuid
from collections.abc import Iterator, Sequence
from typing import Any

from aiohttp import web

from bot.sandbox.azureml.arm import (
    WORKSPACE,
    Json,
    Route,
    answer,
    bad,
    body_of,
    empty,
    missing,
)
from bot.sandbox.azureml.imports import SECONDS, Imports, Outcome, import_inputs
from bot.sandbox.azureml.models import WorkspaceModels
from bot.sandbox.azureml.resources import Kind, Resources
from bot.sandbox.azureml.state import WORKSPACE_NAME, WORKSPACE_PATH, State, iso

FOREVER = 30 * 24 * 3600.0
PREPARING, ALLOCATING, FINALIZING, CANCELLING = 20.0, 60.0, 15.0, 30.0
TERMINAL = ("Completed", "Failed", "Canceled")
DEFAULT_STEP = 120.0
RUNS = "/history/v1.0" + WORKSPACE + "/runs/{run}"


class Jobs(Resources):
    """Jobs of the workspace. A job's steps run one after the other once a node is there."""

    kind = Kind(
        collection="jobs",
        path="jobs/{job}",
        noun="job",
        absent=f"Job {{key}} was not found in the workspace {WORKSPACE_NAME}.",
        absent_code="UserError",
        status="partial",
        note="pipelines; one of import_model really registers a model; the same name again "
        "gives the job that is there",
    )

    def __init__(self, state: State, imports: Imports, models: WorkspaceModels) -> None:
        super().__init__(state)
        self._imports = imports
        self._models = models

    def routes(self) -> Iterator[Route]:
        yield from super().routes()
        path = f"{WORKSPACE}/{self.kind.path}/cancel"
        yield Route(method="POST", path=path, handler=self.cancel)
        yield Route(method="GET", path=RUNS, handler=self.run)
        yield Route(
            method="GET",
            path=f"{RUNS}/children",
            handler=self.children,
            note="the steps hang directly under the job",
        )
        yield Route(method="GET", path=f"{RUNS}/details", handler=self.details)

    async def got(self, request: web.Request) -> web.Response:
        name = self.key(request)
        return answer(self.body(name, self._found(name, request.path)))

    async def put(self, request: web.Request) -> web.Response:
        name = self.key(request)
        asked = (await body_of(request)).get("properties") or {}
        before = self.find(name)
        if before is not None:
            return answer(self.body(name, before))
        self._check_compute(asked)
        inputs = import_inputs(asked)
        steps = list(SECONDS.items()) if inputs is not None else _steps_of(asked)
        outcome = Outcome() if inputs is None else self._imports.outcome(inputs)
        crash = self._state.faults.take("azure", request.path, "crash")
        if crash and steps:
            reason = str(crash.options.get("reason") or "User program failed with exit code 1")
            outcome = Outcome(failing=steps[len(steps) // 2][0], words=reason)
        starved = self._state.faults.take("azure", request.path, "quota") is not None
        self.start(name, asked, steps, outcome, starved=starved)
        return answer(self.body(name, self.document(name)), status=201)

    async def cancel(self, request: web.Request) -> web.Response:
        name = request.match_info["job"]
        document = self._found(name, request.path)
        status = self._status(document)
        if status in TERMINAL:
            raise bad("UserError", f"The job {name} has ended already: {status}.")
        if document["cancelled"] is None:
            now = self._state.clock.now()
            self._state.collection("jobs")[name] = {**document, "cancelled": now}
        return empty(200)

    async def run(self, request: web.Request) -> web.Response:
        name, document, step = self._run(request)
        return answer(self._run_body(name, document, step))

    async def children(self, request: web.Request) -> web.Response:
        name, document, step = self._run(request)
        steps = [] if step else [row[0] for row in document["steps"]]
        return answer({"value": [self._run_body(name, document, child) for child in steps]})

    async def details(self, request: web.Request) -> web.Response:
        name, document, step = self._run(request)
        return answer({**self._run_body(name, document, step), "logFiles": {}})

    def start(
        self,
        name: str,
        asked: Json,
        steps: Sequence[tuple[str, float]],
        outcome: Outcome | None = None,
        *,
        starved: bool = False,
    ) -> None:
        """Write a job down; from now on its status is a matter of time.

        Args:
            name: of the job.
            asked: the job's properties as they were sent.
            steps: name and simulated seconds of each step.
            outcome: the step that fails, or the model that the job registers.
            starved: whether its cluster gets no node for it, for want of quota.
        """
        goes = outcome or Outcome()
        now = self._state.clock.now()
        self._state.collection("jobs")[name] = {
            "created": now,
            "modified": now,
            "begins": now + FOREVER if starved else self._begins(asked, now),
            "starves": cluster_of(asked) if starved else None,
            "cancelled": None,
            "asked": _without_secrets(asked),
            "steps": [list(step) for step in steps],
            "failing": goes.failing,
            "words": goes.words,
            "model_name": goes.model_name,
            "model": goes.model,
            "registered": None,
        }

    def settle(self) -> None:
        """Register the models of imports that have completed by now."""
        jobs = self._state.collection("jobs")
        for name, job in list(jobs.items()):
            if job["model"] and not job["registered"] and self._status(job) == "Completed":
                ended = job["begins"] + sum(seconds for _, seconds in job["steps"])
                model = {**job["model"], "job": name, "created": ended, "modified": ended}
                version = self._models.register(job["model_name"], model)
                jobs[name] = {**job, "registered": version}

    def _found(self, name: str, path: str) -> Json:
        found = self.document(name)
        if self._state.faults.take("azure", path, "lost_job"):
            raise self.kind.missing(name)
        return found

    def _check_compute(self, asked: Json) -> None:
        name = cluster_of(asked)
        if name and name not in self._state.collection("computes"):
            raise bad("UserError", f"Unknown compute target '{name}'.")

    def _begins(self, asked: Json, now: float) -> float:
        """When the first step starts: after preparing, and once the cluster has a node."""
        cluster = self._state.collection("computes").get(cluster_of(asked) or "")
        change = cluster["change"] if cluster else None
        ready = change["started"] + change["seconds"] if change else now
        return float(max(now + PREPARING, ready) + ALLOCATING)

    def _clock(self, job: Json) -> float:
        """The time that counts for a job: it stands still when the job is cancelled."""
        now = self._state.clock.now()
        return now if job["cancelled"] is None else min(now, float(job["cancelled"]))

    def _status(self, job: Json) -> str:
        now = self._state.clock.now()
        if job["cancelled"] is not None:
            return "Canceled" if now >= job["cancelled"] + CANCELLING else "CancelRequested"
        if now < job["created"] + PREPARING:
            return "Preparing"
        statuses = [status for _, status, _, _ in self._timeline(job)]
        if "Failed" in statuses:
            return "Failed"
        if all(status == "Completed" for status in statuses):
            ended = job["begins"] + sum(seconds for _, seconds in job["steps"])
            return "Completed" if now >= ended + FINALIZING else "Finalizing"
        return "Running"

    def _timeline(self, job: Json) -> Iterator[tuple[str, str, float, float]]:
        """Each step with its status now, and when it starts and ends."""
        now, starts, failed = self._clock(job), float(job["begins"]), False
        for name, seconds in job["steps"]:
            ends = starts + seconds
            if failed or now < starts:
                waiting = "NotStarted" if failed or name != job["steps"][0][0] else "Queued"
                status = waiting if job["cancelled"] is None else "Canceled"
            elif now < ends:
                status = "Running" if job["cancelled"] is None else "Canceled"
            else:
                status = "Failed" if name == job["failing"] else "Completed"
            failed = failed or status == "Failed"
            yield name, status, starts, ends
            starts = ends

    def _run(self, request: web.Request) -> tuple[str, Json, str | None]:
        """The job, and the step when the run's id is a step's."""
        name, _, step = request.match_info["run"].partition("__")
        document = self._found(name, request.path)
        if step and step not in {row[0] for row in document["steps"]}:
            raise missing(f"Run {name} has no step {step}.")
        return name, document, step or None

    def _run_body(self, job: str, document: Json, step: str | None) -> Json:
        rows = {name: (status, a, b) for name, status, a, b in self._timeline(document)}
        status, starts, ends = rows.get(
            step or "", (self._status(document), document["created"], document["begins"])
        )
        run = f"{job}__{step}" if step else job
        shown = step or document["asked"].get("displayName") or job
        started = status not in {"NotStarted", "Queued", "Preparing"}
        return {
            "runId": run,
            "name": shown,
            "displayName": shown,
            "status": status,
            "experimentId": str(uuid.UUID(int=7)),
            "parentRunId": job if step else None,
            "rootRunId": job,
            "runType": "azureml.StepRun" if step else "azureml.PipelineRun",
            "runUuid": str(uuid.uuid5(uuid.NAMESPACE_URL, run)),
            "runNumber": 1,
            "createdUtc": iso(document["created"]),
            "startTimeUtc": iso(starts) if started else None,
            "endTimeUtc": iso(ends) if step and status in {"Completed", "Failed"} else None,
            "createdBy": {"userName": "sandbox"},
            "tags": {},
            "properties": {},
            "hidden": False,
            "error": _error(document) if status == "Failed" else None,
        }

    def shape(self, key: str, document: Json) -> Json:
        status = self._status(document)
        studio = f"https://ml.azure.com/runs/{key}?wsid={WORKSPACE_PATH}"
        empty_parts: Json = {"inputs": {}, "outputs": {}, "jobs": {}, "settings": {}, "tags": {}}
        return {
            "properties": {
                **empty_parts,
                **document["asked"],
                "properties": document["asked"].get("properties") or {},
                "jobType": "Pipeline",
                "status": status,
                "experimentName": document["asked"].get("experimentName") or "Default",
                "services": {"Studio": {"endpoint": studio, "jobServiceType": "Studio"}},
                "error": _error(document) if status == "Failed" else None,
            },
        }


def cluster_of(asked: Json) -> str | None:
    """The cluster that the job's steps run on; None for serverless."""
    inputs = import_inputs(asked) or {}
    named = inputs.get("compute") or (asked.get("settings") or {}).get("default_compute")
    name = str(named or "").rpartition("/")[2]
    return None if name in {"", "serverless"} else name


def _steps_of(asked: Json) -> list[tuple[str, float]]:
    return [(name, DEFAULT_STEP) for name in asked.get("jobs") or {}]


def _error(document: Json) -> Json | None:
    words = document["words"]
    return {"error": {"code": "UserError", "message": words}} if words else None


def _without_secrets(asked: Json) -> Any:  # noqa: ANN401 - the same shape as it came
    """A job's inputs can be read by everybody in the workspace; here a token is not kept at all."""
    nodes = {
        name: {
            **node,
            "inputs": {k: v for k, v in (node.get("inputs") or {}).items() if k != "token"},
        }
        for name, node in (asked.get("jobs") or {}).items()
    }
    inputs = {key: value for key, value in (asked.get("inputs") or {}).items() if key != "token"}
    return {**asked, "jobs": nodes, "inputs": inputs}
