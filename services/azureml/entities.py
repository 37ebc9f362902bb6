"""What is asked of Azure, in the SDK's own entities."""

from __future__ import annotations

from typing import TYPE_CHECKING

from services.models import DeploymentSpec, EndpointSpec

if TYPE_CHECKING:
    from azure.ai.ml.entities import ManagedOnlineDeployment, ManagedOnlineEndpoint

TAG_OPERATION = "aml-bot-operation"  # the id of the operation of ours that made it
TAG_REQUESTED_BY = "aml-bot-requested-by"  # the Slack user who asked
TAG_RUN_BY = "aml-bot-run-by"  # the Slack user who said yes to it


def endpoint_entity(spec: EndpointSpec) -> ManagedOnlineEndpoint:
    """Return an endpoint whose callers sign in with a key."""
    from azure.ai.ml.entities import ManagedOnlineEndpoint  # noqa: PLC0415 - azure only when needed

    return ManagedOnlineEndpoint(name=spec.name, auth_mode="key", tags=_tags(spec))


def deployment_entity(spec: DeploymentSpec) -> ManagedOnlineDeployment:
    """With the probes and time-outs of Azure's own CLIP sample: large models start slowly."""
    from azure.ai.ml.entities import (  # noqa: PLC0415 - azure only when needed
        ManagedOnlineDeployment,
        OnlineRequestSettings,
        ProbeSettings,
    )

    return ManagedOnlineDeployment(
        name=spec.name,
        endpoint_name=spec.endpoint,
        model=spec.model,
        instance_type=spec.size,
        instance_count=spec.count,
        tags=_tags(spec),
        request_settings=OnlineRequestSettings(
            request_timeout_ms=90_000, max_concurrent_requests_per_instance=1
        ),
        liveness_probe=ProbeSettings(
            failure_threshold=49, success_threshold=1, timeout=299, period=180, initial_delay=180
        ),
        readiness_probe=ProbeSettings(
            failure_threshold=10, success_threshold=1, timeout=10, period=10, initial_delay=10
        ),
    )


def _tags(spec: EndpointSpec | DeploymentSpec) -> dict[str, str]:
    run = {TAG_RUN_BY: spec.run_by} if spec.run_by else {}
    return {TAG_OPERATION: spec.operation, TAG_REQUESTED_BY: spec.requested_by, **run}
