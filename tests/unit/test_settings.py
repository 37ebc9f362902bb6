from __future__ import annotations

from pathlib import Path

import pytest

from bot.settings import ConfigurationError, Settings

KNOWN = ("SLACK_", "AZURE", "AML_BOT_", "HF_")


@pytest.fixture(autouse=True)
def empty_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    import os  # noqa: PLC0415 - only this fixture looks at the real environment

    for name in [name for name in os.environ if name.startswith(KNOWN)]:
        monkeypatch.delenv(name)


def problems(monkeypatch: pytest.MonkeyPatch, **variables: str) -> tuple[str, ...]:
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    with pytest.raises(ConfigurationError) as caught:
        Settings.read()
    return caught.value.problems


def test_nothing_set_is_a_bot_without_slack_and_azure() -> None:
    settings = Settings.read()

    assert (False, False) == (settings.has_slack(), settings.azure_configured)


def test_lists_are_split_at_commas(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AML_BOT_OPERATORS", "U1, S2 ,,U3")

    assert ("U1", "S2", "U3") == Settings.read().aml_bot_operators


@pytest.mark.parametrize(("text", "seconds"), [("8h", 28800.0), ("3d", 259200.0), ("off", None)])
def test_durations(monkeypatch: pytest.MonkeyPatch, text: str, seconds: float | None) -> None:
    monkeypatch.setenv("AML_BOT_CATALOG_REFRESH", text)

    assert seconds == Settings.read().aml_bot_catalog_refresh


@pytest.mark.parametrize(
    ("name", "default", "other"),
    [("AML_BOT_DEFAULT_TTL", "none", "8h"), ("AML_BOT_URL_ALLOW", " ", "10.0.0.1:80")],
)
def test_a_setting_that_does_nothing_takes_its_default_only(
    monkeypatch: pytest.MonkeyPatch, name: str, default: str, other: str
) -> None:
    monkeypatch.setenv(name, default)
    Settings.read()

    (problem,) = problems(monkeypatch, **{name: other})
    assert problem.startswith(f"{name}: is not there yet: ")


def test_half_a_workspace_names_what_is_missing(monkeypatch: pytest.MonkeyPatch) -> None:
    found = problems(monkeypatch, AZURE_SUBSCRIPTION_ID="s", AZURE_RESOURCE_GROUP="g")

    assert ("AZUREML_WORKSPACE_NAME missing: set all three, or none of them.",) == found


def test_each_problem_is_one_sentence_without_the_value(monkeypatch: pytest.MonkeyPatch) -> None:
    found = problems(monkeypatch, AML_BOT_CATALOG_REFRESH="soon", AML_BOT_TIME_SCALE="-1")

    assert 2 == len(found)
    assert "soon" not in "".join(found)
    assert "AML_BOT_CATALOG_REFRESH: write it like 6h or 1d, or off." in found


def test_empty_variables_count_as_unset(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HF_TOKEN", "")

    assert Settings.read().hf_token is None


def test_a_dotenv_file_is_read_below_the_environment(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / ".env").write_text("AML_BOT_CHANNEL=C1\nAML_BOT_LOG_LEVEL=debug\n")
    monkeypatch.setenv("AML_BOT_CHANNEL", "C2")

    settings = Settings.read(tmp_path / ".env")

    assert ("C2", "DEBUG") == (settings.aml_bot_channel, settings.aml_bot_log_level)


def test_secrets_never_show_in_its_text(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SLACK_BOT_TOKEN", "xoxb-secret")
    settings = Settings.read()

    assert "xoxb-secret" not in repr(settings)
    assert ("xoxb-secret",) == settings.secrets()
