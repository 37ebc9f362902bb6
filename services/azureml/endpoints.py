"""Online endpoints and their deployments: made, watched, read, deleted."""

from __future__ import annotations

import re
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

from services.azureml import documents
from services.azureml.responses import Json
from services.azureml.sdk import Sdk
from services.clock import Clock
from services.errors import ErrorText, NotFoundError, ServiceRefusedError, TemporaryError
from services.models import (
    Deployment,
    DeploymentSpec,
    Endpoint,
    EndpointSpec,
    Quota,
    RemoteStatus,
)

if TYPE_CHECKING:
    from azure.ai.ml import MLClient
    from azure.ai.ml.entities import ManagedOnlineDeployment, OnlineEndpoint

# Completes "Azure could not …" where a call fails.
MAKE = "make the endpoint {name}"
DEPLOY = "deploy {name} on {endpoint}"
FOLLOW = "ask how the operation goes"
SEND_TRAFFIC = "send the traffic of {endpoint} to {deployment}"
DELETE = "delete the endpoint {endpoint}"
READ_WORKSPACE = "read the workspace {name}"
READ_QUOTA = "read the quota"
LIST = "list the endpoints"
READ = "read the endpoint {name}"
READ_DEPLOYMENT = "read the deployment {name} of {endpoint}"
READ_LOG = "read the log of {deployment}"
READ_KEY = "read the key of {endpoint}"
LIST_DEPLOYMENTS = "list the deployments of {name}"

SIDE_BY_SIDE = 8
TAG_OPERATION = "aml-bot-operation"  # the id of the operation of ours that made it
TAG_REQUESTED_BY = "aml-bot-requested-by"  # the Slack user who asked
TAG_RUN_BY = "aml-bot-run-by"  # the Slack user who said yes to it
KEY_SECONDS = 300.0
# A conflict with another workspace's endpoint; one with ourselves names the state it is in.
TAKEN_WORDS = re.compile(r"\balready (been )?(used|in use|taken|exists?)\b", re.IGNORECASE)
TAKEN = ErrorText(
    code="EndpointTaken",
    what="The endpoint name {name} is taken in {region}.",
    why="Names are shared by all workspaces of a region. {said}",
    advice="Deploy under another name with endpoint:<name>.",
)


class Endpoints:
    """Every change is one request; how it goes on is asked with `status` or by reading again."""

    def __init__(self, sdk: Sdk, clock: Clock) -> None:
        self._sdk = sdk
        self._clock = clock
        self._region = ""
        self._keys: dict[str, tuple[str, float]] = {}
        self._lock = threading.Lock()

    def region(self) -> str:
        """Return where the workspace is (`eastus`); read once."""
        if not self._region:
            name = self._sdk.connection.workspace
            answer = self._sdk.read(
                READ_WORKSPACE.format(name=name), lambda client: client.workspaces.get(name)
            )
            places = (str(found["location"]) for found in answer.documents if found.get("location"))
            self._region = next(places, "").lower().replace(" ", "")
        return self._region

    def quota(self) -> tuple[Quota, ...]:
        """Return the region's usages in vCPU cores, one row a family and one for the total."""
        region = self.region()
        answer = self._sdk.read(
            READ_QUOTA, lambda client: list(client.compute.list_usage(location=region))
        )
        return tuple(documents.quota_in(item) for item in answer.items())

    def all(self) -> tuple[Endpoint, ...]:
        """Return all online endpoints of the workspace with their deployments, by name."""
        answer = self._sdk.read(LIST, lambda client: list(client.online_endpoints.list()))
        with ThreadPoolExecutor(SIDE_BY_SIDE, "endpoints") as pool:
            found = list(pool.map(self._whole, answer.items()))
        return tuple(sorted(found, key=lambda endpoint: endpoint.name))

    def get(self, name: str) -> Endpoint | None:
        """Return the endpoint with its deployments, None when there is none of that name."""
        try:
            answer = self._sdk.read(
                READ.format(name=name), lambda client: client.online_endpoints.get(name)
            )
        except NotFoundError:
            return None
        document = next((found for found in answer.documents if "value" not in found), {})
        return documents.endpoint_in(document, answer.items())

    def create(self, spec: EndpointSpec) -> str:
        """Ask for an endpoint; asking again for the same changes nothing. Returns `status`'s URL.

        Raises:
            ServiceRefusedError: `EndpointTaken`: another workspace of the region has that name.
            TemporaryError: Azure is busy with it, throttled or unreachable.
            ServiceError: as `services.azureml.errors` says.
        """
        region = self.region()

        def put(client: MLClient) -> None:
            from azure.ai.ml.entities import ManagedOnlineEndpoint  # noqa: PLC0415 - azure only when needed

            endpoint = ManagedOnlineEndpoint(name=spec.name, auth_mode="key", tags=_tags(spec))
            self._put(client, endpoint, region)

        try:
            return self._sdk.write(MAKE.format(name=spec.name), put)
        except (TemporaryError, ServiceRefusedError) as error:
            if TAKEN_WORDS.search(str(error)):
                said = str(error)
                raise ServiceRefusedError(
                    TAKEN, name=spec.name, region=region, said=said
                ) from error
            raise

    def deploy(self, spec: DeploymentSpec) -> str:
        """Ask for a deployment; asking again for the same changes nothing. Returns as `create`."""
        region = self.region()

        def put(client: MLClient) -> None:
            # The public begin_create_or_update starts a thread that polls until the end and
            # prints dots; the generated operation beneath it takes polling=False.
            client.online_deployments._online_deployment.begin_create_or_update(  # noqa: SLF001 - see above
                **self._sdk.scope(),
                endpoint_name=spec.endpoint,
                deployment_name=spec.name,
                body=_deployment_entity(spec)._to_rest_object(location=region),  # noqa: SLF001 - see above
                polling=False,
            )

        return self._sdk.write(DEPLOY.format(name=spec.name, endpoint=spec.endpoint), put)

    def deployment(self, endpoint: str, name: str) -> Deployment | None:
        """None when there is none of that name; its share of traffic is not filled in."""
        try:
            answer = self._sdk.read(
                READ_DEPLOYMENT.format(name=name, endpoint=endpoint),
                lambda client: client.online_deployments.get(name, endpoint),
            )
        except NotFoundError:
            return None
        return documents.deployment_in(answer.documents[-1], endpoint, {})

    def status(self, operation_url: str) -> RemoteStatus:
        """Return how an operation goes, by the URL that `create`, `deploy` or `delete` returned.

        Raises:
            NotFoundError: Azure has forgotten the operation.
            ServiceError: as `services.azureml.errors` says.
        """
        code, document = self._sdk.send(FOLLOW, operation_url)
        return documents.status_in(code, document)

    def set_traffic(self, endpoint: str, deployment: str) -> str:
        """Send all traffic of the endpoint to that deployment."""
        region = self.region()

        def put(client: MLClient) -> None:
            found = client.online_endpoints.get(endpoint)
            found.traffic = {deployment: 100}
            self._put(client, found, region)

        return self._sdk.write(SEND_TRAFFIC.format(endpoint=endpoint, deployment=deployment), put)

    def logs(
        self, endpoint: str, deployment: str, lines: int = 50, container: str = "inference-server"
    ) -> str:
        """Return the last lines of a container: `inference-server` or `storage-initializer`."""
        answer = self._sdk.read(
            READ_LOG.format(deployment=deployment),
            lambda client: client.online_deployments.get_logs(
                name=deployment, endpoint_name=endpoint, lines=lines, container_type=container
            ),
        )
        return str(answer.result or "")

    def key(self, endpoint: str, *, fresh: bool = False) -> str:
        """Return the endpoint's key, remembered for five minutes; `fresh` asks Azure again."""
        now = time.monotonic()
        with self._lock:
            key, until = self._keys.get(endpoint, ("", 0.0))
        if key and now < until and not fresh:
            return key
        answer = self._sdk.read(
            READ_KEY.format(endpoint=endpoint),
            lambda client: client.online_endpoints.get_keys(endpoint),
        )
        key = str(answer.result.primary_key)
        with self._lock:
            self._keys[endpoint] = (key, now + KEY_SECONDS)
        return key

    def delete(self, endpoint: str) -> str:
        """Delete the endpoint with all its deployments; gone already is as good."""

        def remove(client: MLClient) -> None:
            client.online_endpoints._online_operation.begin_delete(  # noqa: SLF001 - as in deploy
                **self._sdk.scope(), endpoint_name=endpoint, polling=False
            )

        with self._lock:
            self._keys.pop(endpoint, None)
        try:
            return self._sdk.write(DELETE.format(endpoint=endpoint), remove)
        except NotFoundError:
            return ""

    def _put(self, client: MLClient, endpoint: OnlineEndpoint, region: str) -> None:
        client.online_endpoints._online_operation.begin_create_or_update(  # noqa: SLF001 - as in deploy
            **self._sdk.scope(),
            endpoint_name=str(endpoint.name),
            body=endpoint._to_rest_online_endpoint(location=region),  # noqa: SLF001 - as in deploy
            polling=False,
        )

    def _whole(self, document: Json) -> Endpoint:
        name = str(document["name"])
        try:
            answer = self._sdk.read(
                LIST_DEPLOYMENTS.format(name=name),
                lambda client: list(client.online_deployments.list(name)),
            )
        except NotFoundError:
            return documents.endpoint_in(document, ())  # deleted between the list and now
        return documents.endpoint_in(document, answer.items())


def _tags(spec: EndpointSpec | DeploymentSpec) -> dict[str, str]:
    run = {TAG_RUN_BY: spec.run_by} if spec.run_by else {}
    return {TAG_OPERATION: spec.operation, TAG_REQUESTED_BY: spec.requested_by, **run}


def _deployment_entity(spec: DeploymentSpec) -> ManagedOnlineDeployment:
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
