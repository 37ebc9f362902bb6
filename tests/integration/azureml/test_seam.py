"""The seam itself: where the SDK is pointed, and what becomes of its exceptions."""

from __future__ import annotations

import json
import logging

import pytest

from services import diagnosis
from services.azureml.client import Connection
from services.azureml.credential import FixedToken
from services.azureml.errors import refusal, translated
from services.azureml.sdk import Sdk
from services.errors import (
    NotConfiguredError,
    NotFoundError,
    ServiceRefusedError,
    TemporaryError,
)

PUBLIC = Connection(subscription_id="s", resource_group="g", workspace="w", token="t")
SECRET = "hf_abcdefghijklmnop"


def test_without_a_url_the_public_cloud_is_meant(monkeypatch: pytest.MonkeyPatch) -> None:
    # The SDK writes the cloud of its last client into the environment of the whole process.
    monkeypatch.delenv("AZUREML_CURRENT_CLOUD", raising=False)
    sdk = Sdk(PUBLIC)
    client = sdk.client(None)
    assert "https://management.azure.com" == client._base_url.rstrip("/")  # noqa: SLF001 - there is no public name for it
    assert client is sdk.client(None)
    sdk.close()


def test_each_server_gets_a_cloud_of_its_own() -> None:
    bases = []
    for port in (1, 2, 1):
        connection = Connection(
            subscription_id="s",
            resource_group="g",
            workspace="w",
            url=f"https://127.0.0.1:{port}",
            token="t",
        )
        sdk = Sdk(connection)
        bases.append(sdk.client(None)._base_url.rstrip("/"))  # noqa: SLF001 - there is no public name for it
        sdk.close()
    assert ["https://127.0.0.1:1", "https://127.0.0.1:2", "https://127.0.0.1:1"] == bases


def test_the_sdks_loggers_have_no_handlers_of_their_own() -> None:
    Sdk(PUBLIC).client(None)
    names = [name for name in logging.root.manager.loggerDict if name.startswith("azure.ai.ml")]
    handlers = [handler for name in names for handler in logging.getLogger(name).handlers]
    assert [] == [one for one in handlers if not isinstance(one, logging.NullHandler)]


def test_no_login_is_a_setting_to_mend() -> None:
    from azure.core.exceptions import ClientAuthenticationError  # noqa: PLC0415 - as the product does

    with pytest.raises(NotConfiguredError, match="az login"), translated("read the endpoints"):
        raise ClientAuthenticationError("DefaultAzureCredential failed\nEnvironment: unavailable")


def test_an_unreachable_azure_is_a_passing_fault() -> None:
    from azure.core.exceptions import ServiceRequestError  # noqa: PLC0415 - as the product does

    with pytest.raises(TemporaryError, match="could not be reached"), translated("read it"):
        raise ServiceRequestError("Name or service not known")


def test_an_answer_that_is_no_json_is_a_passing_fault() -> None:
    with pytest.raises(TemporaryError, match="made no sense"), translated("read it"):
        json.loads("<html>")


def test_what_the_sdk_itself_refuses_is_said_in_its_words() -> None:
    from azure.ai.ml.exceptions import MlException  # noqa: PLC0415 - as the product does

    with pytest.raises(ServiceRefusedError, match="Invalid thing"), translated("do it"):
        raise MlException("Invalid thing", "Invalid thing")
    with pytest.raises(NotFoundError), translated("do it"):
        raise MlException("Asset x does not exist", "x")


def test_a_fault_of_our_own_is_not_dressed_up() -> None:
    with pytest.raises(ZeroDivisionError), translated("divide"):
        _ = 1 // 0


@pytest.mark.parametrize("status", [400, 401, 404, 409, 500])
def test_secrets_never_come_along(status: int) -> None:
    body = {"error": {"code": "Code", "message": f"bad token {SECRET} in sig=abc%3D&x"}}
    error = refusal(diagnosis.read(body, status=status), "do it")
    assert SECRET not in str(error)
    assert "abc%3D" not in str(error)


def test_azures_code_and_words_are_kept() -> None:
    body = {"error": {"code": "BadThing", "message": "The thing is bad."}}
    error = refusal(diagnosis.read(body, status=400), "do it")
    assert isinstance(error, ServiceRefusedError)
    assert ("BadThing", "BadThing: The thing is bad.") == (error.code, error.why)


def test_a_token_never_shows_in_a_repr() -> None:
    assert "secret" not in repr(FixedToken("secret"))
    assert "secret" not in repr(
        Connection(subscription_id="s", resource_group="g", workspace="w", token="secret")
    )
