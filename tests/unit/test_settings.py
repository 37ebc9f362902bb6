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


HOSTILE = (
    "hunter2",
    "hunter2 x",
    "hunter2\nsecond",
    "\u00e9hunter2",
    "{hunter2}",
    "%(hunter2)s",
    "~hunter2",
    "hunter2/../x",
    "http://hunter2 x",
    "http://[::1hunter2",
    "http://u:hunter2@127.0.0.1",
    "http://127.0.0.1:port/hunter2",
    "http://127.0.0.1/?hunter2",
    "http:///hunter2",
    "ftp://hunter2",
    "javascript:hunter2",
    "nan",
    "inf",
    "-inf",
    "1e400",
    "-1",
    "0",
    "9" * 5000,
    "9" * 5000 + "h",
    "\u00b2h",
    "x" * 100_000,
)


@pytest.mark.parametrize("value", HOSTILE, ids=range(len(HOSTILE)))
@pytest.mark.parametrize("name", Settings.model_fields)
def test_whatever_is_written_is_taken_or_told_in_a_line(
    monkeypatch: pytest.MonkeyPatch, name: str, value: str
) -> None:
    monkeypatch.setenv(name.upper(), value)
    try:
        Settings.read()
    except ConfigurationError as error:
        (problem,) = error.problems

        assert problem.startswith((name.upper(), "AZURE"))
        assert ("hunter2" not in problem, len(problem) < 200) == (True, True)


ODD = ("http://[::1", "http://u:pw@h", "http://h:0", "http://h/?x", "http://h/#x", "https://", "x")


@pytest.mark.parametrize("value", ODD)
@pytest.mark.parametrize(
    "name",
    [name for name, field in Settings.model_fields.items() if "_address" in str(field.annotation)],
)
def test_an_address_that_nothing_could_be_asked_at_is_refused(
    monkeypatch: pytest.MonkeyPatch, name: str, value: str
) -> None:
    (problem,) = problems(monkeypatch, **{name.upper(): value})

    assert problem.startswith(f"{name.upper()}: write an address like")


@pytest.mark.parametrize("value", ["@ada", "ada", "U1 U2", "<@U1>", "U1;S2"])
def test_operators_that_nobody_could_be_are_refused(
    monkeypatch: pytest.MonkeyPatch, value: str
) -> None:
    (problem,) = problems(monkeypatch, AML_BOT_OPERATORS=value)

    assert "Copy member ID" in problem


def test_a_password_of_a_database_is_a_secret_in_every_form(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("AML_BOT_DATABASE_URL", "postgresql://u:first%40part@second@h/x")

    assert {"first%40part", "first@part@second", "second"} <= set(Settings.read().secrets())
