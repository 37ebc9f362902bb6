"""Azure's own `import_model` pipeline: started, watched, cancelled."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from services import diagnosis
from services.azureml.documents import seconds_in
from services.azureml.responses import Json
from services.azureml.sdk import Sdk
from services.errors import NotFoundError
from services.models import ImportSpec, Job, JobStep

if TYPE_CHECKING:
    from azure.ai.ml import MLClient
    from azure.ai.ml.entities import Component, PipelineJob

# Completes "Azure could not …" where a call fails.
FIND_CLUSTER = "find the cluster {name}"
MAKE_CLUSTER = "make the cluster {name}"
START_IMPORT = "start the import of {hub_id}"
FIND_PIPELINE = "find Azure's import pipeline"
CANCEL_JOB = "cancel the job {name}"
READ_STEPS = "read the steps of {name}"

COMPONENT_REGISTRY, COMPONENT = "azureml", "import_model"
TRUST = "trust_remote_code=True"
EXPERIMENT = "Import-Model-Pipeline"
STEPS = (
    "validation_trigger_import",
    "download_model",
    "convert_model_to_mlflow",
    "mlflow_model_local_validation",
    "register_model",
)
IDLE_SECONDS = 120
MOST_NODES = 1
TAG_REQUESTED_BY = "aml-bot-requested-by"
TAG_RUN_BY = "aml-bot-run-by"


class Jobs:
    """Import jobs of the workspace, under names that we choose, so that nothing starts twice."""

    def __init__(self, sdk: Sdk, region: Callable[[], str]) -> None:
        self._sdk = sdk
        self._region = region

    def ensure_compute(self, name: str, size: str) -> str:
        """Make the cluster where there is none; returns a URL for `Endpoints.status`, or "".

        The cluster has no node while nothing runs, so it costs nothing then.

        Raises:
            ServiceError: as `services.azureml.errors` says.
        """
        try:
            self._sdk.read(FIND_CLUSTER.format(name=name), lambda client: client.compute.get(name))
        except NotFoundError:
            region = self._region()
        else:
            return ""

        def put(client: MLClient) -> None:
            from azure.ai.ml.entities import AmlCompute  # noqa: PLC0415 - azure only when needed

            cluster = AmlCompute(
                name=name,
                size=size,
                location=region,
                min_instances=0,
                max_instances=MOST_NODES,
                idle_time_before_scale_down=IDLE_SECONDS,
            )
            # The public method insists on polling; the operation beneath it does not.
            client.compute._operation.begin_create_or_update(  # noqa: SLF001 - see above
                **self._sdk.scope(),
                compute_name=name,
                parameters=cluster._to_rest_object(),  # noqa: SLF001 - see above
                polling=False,
            )

        return self._sdk.write(MAKE_CLUSTER.format(name=name), put)

    def start_import(self, spec: ImportSpec, token: str | None) -> None:
        """Submit the pipeline; a job of that name that is there already is left as it is.

        Args:
            spec: what to import. Its id must have passed `planning.hub_id`.
            token: a Hub token, passed only when given: it becomes a readable input of the job.

        Raises:
            ServiceError: as `services.azureml.errors` says.
        """
        if self._document(spec.job) is not None:
            return
        component = self._sdk.read(
            FIND_PIPELINE,
            lambda client: client.components.get(COMPONENT, label="latest"),
            registry=COMPONENT_REGISTRY,
        ).result

        def submit(client: MLClient) -> None:
            client.jobs.create_or_update(
                _pipeline(component, spec, token), experiment_name=EXPERIMENT
            )

        self._sdk.write(START_IMPORT.format(hub_id=spec.hub_id), submit)

    def job(self, name: str) -> Job | None:
        """Return the job with its steps in order; None when Azure knows no job of that name.

        Raises:
            ServiceError: as `services.azureml.errors` says.
        """
        document = self._document(name)
        if document is None:
            return None
        body = document.get("properties") or {}
        steps = self._steps(name)
        services = body.get("services") or {}
        studio = (services.get("Studio") or services.get("studio") or {}).get("endpoint")
        return Job(
            name=name,
            status=str(body.get("status", "")),
            steps=tuple(
                JobStep(
                    name=_step(run),
                    status=str(run.get("status")),
                    started=seconds_in(run.get("startTimeUtc")),
                    ended=seconds_in(run.get("endTimeUtc")),
                )
                for run in steps
            ),
            error=next((text for run in steps if (text := _error(run))), "") or _error(body),
            studio_url=studio,
        )

    def cancel(self, name: str) -> None:
        """Ask Azure to stop the job; one that is gone or has ended is left alone.

        Raises:
            ServiceError: as `services.azureml.errors` says.
        """
        try:
            self._sdk.write(
                CANCEL_JOB.format(name=name),
                lambda client: client.jobs.begin_cancel(name, polling=False),
            )
        except NotFoundError:
            return

    def _document(self, name: str) -> Json | None:
        try:
            answer = self._sdk.read(f"read the job {name}", lambda client: client.jobs.get(name))
        except NotFoundError:
            return None
        return next((found for found in answer.documents if "properties" in found), None)

    def _steps(self, name: str) -> list[Json]:
        """The runs of the pipeline's steps; they hang under one node, or directly under the job."""
        runs = self._children(name)
        if len(runs) == 1 and _step(runs[0]) not in STEPS:
            nested = self._children(str(runs[0].get("runId") or runs[0].get("name")))
            runs = nested or runs
        order = {step: place for place, step in enumerate(STEPS)}
        return sorted(runs, key=lambda run: order.get(_step(run), len(order)))

    def _children(self, name: str) -> list[Json]:
        try:
            answer = self._sdk.read(
                READ_STEPS.format(name=name),
                lambda client: list(client.jobs.list(parent_job_name=name)),
            )
        except NotFoundError:
            return []  # a job that was only just accepted has no history yet
        return [item for item in answer.items() if "runId" in item]


def _pipeline(component: Component, spec: ImportSpec, token: str | None) -> PipelineJob:
    from azure.ai.ml import dsl  # noqa: PLC0415 - azure only when needed
    from azure.ai.ml.entities import (  # noqa: PLC0415 - azure only when needed
        PipelineJobSettings,
        UserIdentityConfiguration,
    )

    inputs = {"model_id": spec.hub_id, "compute": spec.compute, "task_name": spec.task}
    if token:
        inputs["token"] = token
    if spec.trust_remote_code:
        trusted = dict.fromkeys(("hf_config_args", "hf_tokenizer_args", "hf_model_args"), TRUST)
        inputs |= trusted

    def import_model_pipeline() -> dict[str, Any]:
        node = component(**inputs)
        return {"model_registration_details": node.outputs.model_registration_details}

    job: PipelineJob = dsl.pipeline(import_model_pipeline)()
    job.name = spec.job  # explicit: submitting again meets the same job
    job.display_name = f"Import {spec.hub_id}"
    job.identity = UserIdentityConfiguration()
    job.settings = PipelineJobSettings(force_rerun=True, default_compute=spec.compute)
    run = {TAG_RUN_BY: spec.run_by} if spec.run_by else {}
    job.tags = {TAG_REQUESTED_BY: spec.requested_by, **run}
    return job


def _step(run: Json) -> str:
    return str(run.get("displayName") or run.get("name") or run.get("runId") or "")


def _error(run: Json) -> str:
    """Return the innermost message of a run's error, however it is wrapped; else its code."""
    answer = diagnosis.read({"error": run.get("error")})
    return answer.innermost or answer.code
