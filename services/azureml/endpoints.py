"""Online endpoints and their deployments: made, watched, read, deleted."""

from __future__ import annotations

from collections.abc import Collection
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from typing import TYPE_CHECKING

from services import diagnosis, spelling
from services.azureml import documents, raw
from services.azureml.entities import TAG_OPERATION, deployment_entity, endpoint_entity
from services.azureml.responses import Json
from services.azureml.scoring_keys import ScoringKeys
from services.azureml.sdk import Sdk
from services.clock import Clock
from services.errors import ErrorText, NotFoundError, ServiceError, ServiceRefusedError
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
    from azure.ai.ml.entities import OnlineEndpoint

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
LIST_DEPLOYMENTS = "list the deployments of {name}"

PROVIDER = "Microsoft.MachineLearningServices"
SIDE_BY_SIDE = 8
STRAGGLES = 10.0  # seconds in which nobody answers after somebody has: the rest is not waited for
LATE = "Azure has not told of its deployments in time."
TAKEN = ErrorText(
    code="EndpointTaken",
    what="The endpoint name {name} is taken in {region}.",
    why="Names are shared by all workspaces of a region. {said}",
    advice="Deploy under another name with endpoint:<name>.",
)
FOREIGN = ErrorText(
    code="EndpointForeign",
    what="There is an endpoint called {name} already.",
    why="This operation did not make it, so it is left as it is.",
    advice="Deploy under another name with endpoint:<name>.",
)


class Endpoints:
    """Every change is one request; how it goes on is asked with `status` or by reading again."""

    def __init__(self, sdk: Sdk, clock: Clock) -> None:
        self._sdk = sdk
        self._region = ""
        self._keys = ScoringKeys(sdk, clock)

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
        """Return the dedicated cores that we may use in the region, a row a family and a total."""
        region, connection = self.region(), self._sdk.connection
        where = ("subscriptions", connection.subscription_id, "providers", PROVIDER)
        path = raw.path_of(*where, "locations", region, "usages")
        answer = self._sdk.read(
            READ_QUOTA,
            lambda client: raw.walk(client.compute._usage_operations, path),  # noqa: SLF001 - see `raw`
        )
        scope = documents.Scope(
            subscription=connection.subscription_id,
            region=region,
            group=connection.resource_group,
            workspace=connection.workspace,
        )
        return documents.quotas_in(answer.items(), scope)

    def all(self) -> tuple[Endpoint, ...]:
        """Return all online endpoints of the workspace with their deployments, by name.

        One whose deployments cannot be read, or not in the time of the others, says so in its
        `problem`.
        """
        path = self._sdk.workspace_path("onlineEndpoints")
        answer = self._sdk.read(
            LIST,
            lambda client: raw.walk(client.online_endpoints._online_operation, path),  # noqa: SLF001 - see `raw`
        )
        pool = ThreadPoolExecutor(SIDE_BY_SIDE, "endpoints")
        try:
            asked = {pool.submit(self._whole, document): document for document in answer.items()}
            late = _stragglers(asked)
        finally:
            pool.shutdown(wait=False, cancel_futures=True)
        found = [
            documents.endpoint_in(document, (), unread=LATE) if each in late else each.result()
            for each, document in asked.items()
        ]
        return tuple(sorted(found, key=lambda endpoint: endpoint.name))

    def get(self, name: str) -> Endpoint | None:
        """Return the endpoint with its deployments, None when there is none of that name.

        Where its deployments cannot be read, its `problem` says so.
        """
        document = self._document(name)
        return None if document is None else self._whole({"name": name, **document})

    def create(self, spec: EndpointSpec) -> str:
        """Ask for an endpoint; asking again for the same changes nothing. Returns `status`'s URL.

        Raises:
            ServiceRefusedError: `EndpointTaken`: another workspace of the region has that name.
            TemporaryError: Azure is busy with it, throttled or unreachable.
            ServiceError: as `services.azureml.errors` says.
        """
        region = self.region()
        self._refuse_foreign(spec)

        def put(client: MLClient) -> None:
            self._put(client, endpoint_entity(spec), region)

        try:
            return self._sdk.write(MAKE.format(name=spec.name), put)
        except ServiceRefusedError as error:
            if error.text.code != diagnosis.NAME_TAKEN:
                raise
            said = diagnosis.sentence(error.why)
            raise ServiceRefusedError(TAKEN, name=spec.name, region=region, said=said) from error

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
                body=deployment_entity(spec)._to_rest_object(location=region),  # noqa: SLF001 - see above
                polling=False,
            )

        return self._sdk.write(DEPLOY.format(name=spec.name, endpoint=spec.endpoint), put)

    def deployment(self, endpoint: str, name: str) -> Deployment | None:
        """None when there is none of that name; its share of traffic is not filled in."""
        path = self._sdk.workspace_path("onlineEndpoints", endpoint, "deployments", name)
        try:
            answer = self._sdk.read(
                READ_DEPLOYMENT.format(name=name, endpoint=endpoint),
                lambda client: raw.read(client.online_deployments._online_deployment, path),  # noqa: SLF001 - see `raw`
            )
        except NotFoundError:
            return None
        return documents.deployment_in({"name": name, **answer.result}, endpoint, {})

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
        """Return what callers sign in with, a key or a token; `fresh` asks Azure again.

        Raises:
            ServiceError: as `ScoringKeys.of` says.
        """
        return self._keys.of(endpoint, fresh=fresh)

    def delete(self, endpoint: str) -> str:
        """Delete the endpoint with all its deployments; gone already is as good."""

        def remove(client: MLClient) -> None:
            client.online_endpoints._online_operation.begin_delete(  # noqa: SLF001 - as in deploy
                **self._sdk.scope(), endpoint_name=endpoint, polling=False
            )

        self._keys.forget(endpoint)
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

    def _refuse_foreign(self, spec: EndpointSpec) -> None:
        """Refuse to write over an endpoint that another made: a PUT takes its tags and traffic."""
        name = spelling.key(spec.name)  # as the SDK writes it
        document = self._document(name)
        if document is None:
            return
        found = documents.endpoint_in({"name": name, **document}, ())
        if not spelling.same(found.tag(TAG_OPERATION) or "", spec.operation):
            raise ServiceRefusedError(FOREIGN, code=TAKEN.code, name=found.name)

    def _document(self, name: str) -> Json | None:
        """Return the endpoint's document; None where there is none of that name."""
        if not spelling.ENDPOINT.fullmatch(name):
            return None  # Azure takes no such name, and it becomes part of an address
        path = self._sdk.workspace_path("onlineEndpoints", name)
        try:
            answer = self._sdk.read(
                READ.format(name=name),
                lambda client: raw.read(client.online_endpoints._online_operation, path),  # noqa: SLF001 - see `raw`
            )
        except NotFoundError:
            return None
        document: Json = answer.result
        return document

    def _whole(self, document: Json) -> Endpoint:
        name = documents.name_in(document)
        path = self._sdk.workspace_path("onlineEndpoints", name, "deployments")
        try:
            answer = self._sdk.read(
                LIST_DEPLOYMENTS.format(name=name),
                lambda client: raw.walk(client.online_deployments._online_deployment, path),  # noqa: SLF001 - see `raw`
            )
        except NotFoundError:
            return documents.endpoint_in(document, ())  # deleted between the list and now
        except ServiceError as error:
            return documents.endpoint_in(document, (), unread=_reason(error))
        return documents.endpoint_in(document, answer.items())


def _stragglers(asked: Collection[Future[Endpoint]]) -> set[Future[Endpoint]]:
    """Wait for all; return those that are far behind the others, and are left alone.

    Where all are slow, or one is alone, the time that Azure takes is waited for.
    """
    missing, patience = set(asked), None
    while missing:
        told, missing = wait(missing, timeout=patience, return_when=FIRST_COMPLETED)
        if not told:
            break
        patience = STRAGGLES
    return missing


def _reason(error: ServiceError) -> str:
    return " ".join(part for part in (error.what, error.why) if part)
