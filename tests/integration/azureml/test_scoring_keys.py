"""What goes out to an endpoint: its key, its token, or the bot's own login; and how long."""

from __future__ import annotations

from dataclasses import dataclass, field

import pytest

from services.azureml.client import AzureML
from services.clock import Clock
from services.errors import ServiceRefusedError
from tests.integration.azureml.conftest import World

HOUR = 3600.0
NOW = 1_800_000_000.0


@dataclass(frozen=True, kw_only=True)
class StoppedClock(Clock):
    """Time that only tests move."""

    moved: list[float] = field(default_factory=list)

    def now(self) -> float:
        return NOW + sum(self.moved)


def known(world: World, auth: object, uri: str = "") -> tuple[AzureML, StoppedClock]:
    """One endpoint whose callers sign in like that."""
    address = uri or f"{world.connection.url}/endpoints/one/score"
    body = {"name": "one", "properties": {"authMode": auth, "scoringUri": address}}
    world.fail("error", match="onlineEndpoints/one$", status=200, body=body)
    clock = StoppedClock()
    return AzureML(world.connection, clock), clock


def gives(world: World, action: str, **body: object) -> None:
    world.fail("error", match=f"/{action}$", times=1, status=200, body=body)


def asked(world: World, action: str) -> int:
    return len([path for path in world.sent("POST") if path.endswith(action)])


@pytest.mark.parametrize("auth", ["Key", "key", "KEY", None])
def test_a_key_is_the_first_of_two(world: World, auth: str | None) -> None:
    azureml, _ = known(world, auth)
    gives(world, "listKeys", primaryKey="first", secondaryKey="second")
    assert "first" == azureml.endpoints.key("one")


@pytest.mark.parametrize("auth", ["AMLToken", "amltoken"])
def test_a_token_is_held_until_shortly_before_its_end(world: World, auth: str) -> None:
    azureml, clock = known(world, auth)
    gives(world, "token", accessToken="one", expiryTimeUtc=int(NOW + HOUR))
    gives(world, "token", accessToken="two", expiryTimeUtc=int(NOW + 2 * HOUR))
    given = [azureml.endpoints.key("one")]
    clock.moved.append(HOUR - 300)
    given.append(azureml.endpoints.key("ONE"))
    clock.moved.append(240)
    given.append(azureml.endpoints.key("one"))
    assert (["one", "one", "two"], 2) == (given, asked(world, "/token"))


@pytest.mark.parametrize("ends", ["soon", None, True, [], 0])
def test_a_token_without_a_known_end_is_not_held(world: World, ends: object) -> None:
    azureml, _ = known(world, "AMLToken")
    gives(world, "token", accessToken="one", expiryTimeUtc=ends)
    gives(world, "token", accessToken="two", expiryTimeUtc=ends)
    assert ["one", "two"] == [azureml.endpoints.key("one") for _ in range(2)]


def test_a_fresh_one_is_asked_for_though_one_is_held(world: World) -> None:
    azureml, _ = known(world, "AMLToken")
    gives(world, "token", accessToken="one", expiryTimeUtc=str(int(NOW + HOUR)))
    gives(world, "token", accessToken="two", expiryTimeUtc="2027-02-01T00:00:00Z")
    assert ["one", "one", "two", "two"] == [
        azureml.endpoints.key("one"),
        azureml.endpoints.key("one"),
        azureml.endpoints.key("one", fresh=True),
        azureml.endpoints.key("one"),
    ]


@pytest.mark.parametrize("auth", ["AADToken", "aadtoken"])
def test_the_bots_own_login_goes_to_azures_hosts(world: World, auth: str) -> None:
    azureml, _ = known(world, auth, "https://one.eastus.inference.ml.azure.com/score")
    assert world.connection.token == azureml.endpoints.key("one")


@pytest.mark.parametrize(
    "uri",
    [
        "https://evil.example/score",
        "http://one.eastus.inference.ml.azure.com/score",
        "https://inference.ml.azure.com.evil.example/score",
        "https://evil.example/.inference.ml.azure.com",
        "https://one.inference.ml.azure.com@evil.example/score",
        "//one.inference.ml.azure.com/score",
        "nothing",
    ],
)
def test_the_bots_own_login_goes_nowhere_else(world: World, uri: str) -> None:
    azureml, _ = known(world, "AADToken", uri)
    with pytest.raises(ServiceRefusedError) as refused:
        azureml.endpoints.key("one")
    assert "EndpointHostUnknown" == refused.value.code


@pytest.mark.parametrize("auth", ["Passkey", "None", "Key2"])
def test_another_way_to_sign_in_is_named(world: World, auth: str) -> None:
    azureml, _ = known(world, auth)
    with pytest.raises(ServiceRefusedError, match=f"asks its callers for {auth}"):
        azureml.endpoints.key("one")


@pytest.mark.parametrize(("auth", "action"), [("Key", "listKeys"), ("AMLToken", "token")])
def test_an_answer_without_a_key_is_said(world: World, auth: str, action: str) -> None:
    azureml, _ = known(world, auth)
    gives(world, action, primaryKey=None, accessToken="")
    with pytest.raises(ServiceRefusedError, match="gave no key"):
        azureml.endpoints.key("one")
