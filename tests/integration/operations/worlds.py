"""What a test's world is made of, and the plans it starts with."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import cast

from services.azureml.client import AzureML
from services.clock import Clock
from services.huggingface import Hub
from services.models import Asked, DeployPlan, ImportPlan
from services.scoring import Scoring
from services.store.database import Database
from services.workflows.runtime import Tools
from tests.integration.operations.azure_fake import (
    FakeAzure,
    FakePictures,
    FakeScoring,
    FakeSlack,
)
from tests.integration.operations.hub_fake import BERT, FakeHub

ASKED = Asked(user="U1", channel="C1")
CLIP = "zero-shot-image-classification"


@dataclass
class World:
    azure: FakeAzure
    slack: FakeSlack
    scoring: FakeScoring
    pictures: FakePictures
    hub: FakeHub
    database: Database


def a_world(database: Database) -> World:
    return World(
        azure=FakeAzure(),
        slack=FakeSlack(),
        scoring=FakeScoring(),
        pictures=FakePictures(),
        hub=FakeHub(),
        database=database,
    )


def tools_of(world: World) -> Tools:
    return Tools(
        azureml=cast("AzureML", world.azure),
        hub=cast("Hub", world.hub),
        scoring=cast("Scoring", world.scoring),
        notifier=world.slack,
        pictures=world.pictures,
        store=world.database,
        clock=Clock(scale=600.0),
        sizes={},
        imported=lambda model: world.azure.calls.update([f"imported {model.name}"]),
    )


def a_deployment(endpoint: str = "clip-a1b2", task: str | None = CLIP) -> DeployPlan:
    return DeployPlan(
        model="azureml://registries/azureml/models/clip/versions/12",
        model_name="clip",
        model_version="12",
        registry="azureml",
        task=task,
        endpoint=endpoint,
        deployment="version-12",
        size="Standard_DS3_v2",
        count=1,
        region="eastus",
        family="f",
        cores_needed=8,
        cores_left=100,
        usd_per_hour=0.29,
    )


def until(condition: Callable[[], bool], seconds: float = 60.0) -> None:
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "did not happen in time"
        time.sleep(0.02)


def an_import() -> ImportPlan:
    return ImportPlan(
        hub_id="google-bert/bert",
        sha=BERT.sha,
        model_name="bert",
        task="fill-mask",
        license="apache-2.0",
        license_url=None,
        size_bytes=1000,
        compute="model-import-cluster",
    )
