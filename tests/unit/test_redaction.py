from __future__ import annotations

import re

import pytest

from services import redaction

JWT = "eyJhbGciOiJub25lIn0.eyJhdWQiOiJodHRwcyJ9.c2lnbmF0dXJl"
AZURE_KEY = "a1B2" * 13 + "JQQJ99" + "BAAAAAAAAAAAAAINFRAMLxyz1"
HUB = "hf_" + "Ab3" * 12


@pytest.mark.parametrize(
    "secret",
    [
        "xoxb-123456789012-abcdefghijkl",
        "xoxe-1-My0xLWFiY2RlZg",
        "xapp-1-A0123-456-abcdef",
        "hf_abcdefgh",
        HUB,
        JWT,
        AZURE_KEY,
    ],
)
def test_a_token_is_found_and_hidden(secret: str) -> None:
    assert redaction.has_token(f"import it with {secret} please")
    assert "with … please" == redaction.hide_tokens(f"with {secret} please")


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("xoxb-1 refused", "… refused"),
        ("foo/hf_abcdefgh", "foo/…"),
        ("my_hf_abc_defgh", "my_…"),
        ("Authorization: Bearer abc.def-1", "Authorization: Bearer …"),
        ("bearer  abc", "bearer  …"),
        ("https://store/x?sv=1&sig=a%3D&se=2", "https://store/x?sv=1&sig=…&se=2"),
        ("AccountName=n;AccountKey=abc==;x", "AccountName=n;AccountKey=…;x"),
        ("SharedAccessKey=abc", "SharedAccessKey=…"),
        ('{"primaryKey": "abc", "keys": 2}', '{"primaryKey": "…", "keys": 2}'),
        ("postgresql://me:pw@db/x", "postgresql://…@db/x"),
        ("redis://:pw@cache", "redis://…@cache"),
    ],
)
def test_what_may_be_a_secret_is_hidden_where_it_is_shown(text: str, shown: str) -> None:
    assert shown == redaction.hide(text)


@pytest.mark.parametrize(
    "text",
    [
        "what is an xoxb-token?",
        "import owner/hf_mistral7b",
        "ring bearer, cup",
        "deploy clip endpoint:hf-clip",
        "https://huggingface.co/openai/clip-vit-base-patch32",
        "the key=value of it",
        "sig=9",
        "eyJust looking",
        "",
    ],
)
def test_ordinary_texts_have_no_token(text: str) -> None:
    assert not redaction.has_token(text)
    assert text == redaction.hide_tokens(text)


@pytest.mark.parametrize("shape", [*redaction.TOKENS, *redaction.LIKELY])
def test_no_open_repeat_of_a_shape_gives_anything_back(shape: re.Pattern[str]) -> None:
    bare = re.sub(r"\\.|\[(?:\\.|[^\]\\])*\]", "c", shape.pattern)  # escapes and classes are one
    possessive = re.sub(r"(?:[+*]|\{\d+,\})\+", "", bare)
    assert [] == re.findall(r"[+*]|\{\d+,\}", possessive)


# Each would keep a quadratic pattern busy for hours.
@pytest.mark.parametrize(
    "unit",
    ["eyJ", "eyJ.", "hf_", "xoxb", "://", "://a:", "Bearer ", "bearer", "sig", "a", "primarykey ="],
)
def test_a_long_text_takes_no_longer_than_its_length(unit: str) -> None:
    text = unit * (1_000_000 // len(unit))
    assert not redaction.has_token(text)
    assert redaction.hide(text)
