from __future__ import annotations

import os
import subprocess
import sys
import threading

from tests.integration.azureml.conftest import World

CLOUD = "AZUREML_CURRENT_CLOUD"
IMPORTS = """
import sys
import services.azureml.client, services.catalog, services.planning, services.diagnosis
from services.azureml.client import AzureML
from services.catalog import Catalog
from services.clock import Clock
from services.index import CatalogIndex
from services.prices import load_sizes
index = CatalogIndex()
catalog = Catalog(index, AzureML(None, Clock()), load_sizes(), Clock())
print(catalog.card("gpt2").model.name, catalog.search(catalog.parse("clip")).total)
print([name for name in sys.modules if name == "azure" or name.startswith("azure.")])
"""

FIELDS = """
import sys
from services.azureml.cloud import load_sdk
load_sdk()
from azure.ai.ml._restclient.arm_ml_service.models import OnlineEndpoint, OnlineEndpointProperties
for model in (OnlineEndpoint, OnlineEndpointProperties):
    print("_attr_to_rest_field" in vars(model))
"""


def test_loading_the_sdk_leaves_no_model_to_be_worked_out_by_two_threads_at_once() -> None:
    # Every client of the SDK leaves the name of its cloud there, and another process dies of it.
    environment = {name: os.environ[name] for name in os.environ if name != CLOUD}
    run = subprocess.run(
        [sys.executable, "-c", FIELDS],
        env=environment,
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    )
    assert "True\nTrue\n" == run.stdout


def test_without_a_workspace_azure_is_never_imported() -> None:
    run = subprocess.run(
        [sys.executable, "-c", IMPORTS], capture_output=True, text=True, check=True, timeout=60
    )
    assert "gpt2 5\n[]\n" == run.stdout


def test_getting_ready_asks_azure_nothing_and_happens_once(world: World) -> None:
    world.azureml.prepare()
    world.azureml.prepare()
    preparing = [one for one in threading.enumerate() if one.name == "import-azure"]

    assert len(preparing) <= 1
    for thread in preparing:
        thread.join(30)
    assert [] == world.calls.listed()
    assert world.azureml.endpoints.region()
