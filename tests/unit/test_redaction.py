from __future__ import annotations

import re
from collections.abc import Iterator

import pytest

from services import redaction
from services.redaction.names import VALUES
from services.redaction.places import PLACES

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
        ("foo/hf_abcd3fgh", "foo/…"),
        ("Authorization: Bearer abc.def-1", "Authorization: Bearer …"),
        ("bearer  abc1", "bearer  …"),
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


S = "9vSECRETx0"  # no sample may show it
JWT_SHORT = "eyJhbGciOi.eyJhdWQi.c2ln"
LEAKS = [
    f"xoxb-1-{S}",
    f"refused xapp-1-{S}.",
    f"https://st.blob.core.windows.net/c/x?sv=1&sig={S}&se=2",
    f"https://st.blob/x?sv=1%26sig%3D{S}%26se%3D2",
    f"x?sig%253D{S}",
    f'{{"url": "https://st/x?sv=1\\u0026sig\\u003d{S}"}}',
    f"SIG={S}",
    f"Signature={S}&Expires=1",
    f"X-Amz-Signature={S}&X-Amz-Credential={S}/2026",
    f'{{"primaryKey":"{S}","secondaryKey":"{S}"}}',
    f'{{\\"primaryKey\\":\\"{S}\\"}}',
    f"{{&quot;secondaryKey&quot;: &quot;{S}&quot;}}",
    f"{{'primary_key_value': 1, 'primaryKey': '{S}'}}",
    f'"accessToken" : "{S}", "expiryTimeUtc": 1',
    f"access_token={S}&scope=x",
    f"refresh_token: {S}",
    f"api-key: {S}",
    f"X-Api-Key: {S}",
    f"Ocp-Apim-Subscription-Key:{S}",
    f"('api-key', '{S}')",
    f"client_secret={S}",
    f"clientSecret: {S}",
    f"Server=db;User ID=me;Password={S};Encrypt=yes",
    f"Server=db;Uid=me;Pwd={S}",
    f"password: {S}",
    f'password="correct {S} battery"',
    f"passwd={S}",
    f"cache:6380,password={S},ssl=True",
    f"postgresql://bot:{S}@db:5432/x",
    f"amqp://u:p@{S}@host/x",
    f"https://{S}{S}@github.com/x.git",
    f"redis://:{S}@cache",
    "Authorization: Basic dXNlcjo5dlNFQ1JFVHgw",
    "sent Basic dXNlcjo5dlNFQ1JFVHgw to it",
    f"Authorization: Bearer {S}",
    f"bearer {S}",
    f"'authorization': 'Token {S}'",
    f"AZURE_CLIENT_SECRET={S}",
    f"export HF_TOKEN={S}",
    f"OPENAI_API_KEY: {S}",
    f"MY_APP_KEY={S}",
    f'{{"name": "DB_PASSWORD", "value": "{S}"}}',
    f"DefaultEndpointsProtocol=https;AccountName=n;AccountKey={S}==;EndpointSuffix=x",
    f"Endpoint=sb://x/;SharedAccessKeyName=n;SharedAccessKey={S}=",
    f"ghp_{S}{S}{S}",
    f"github_pat_11A_{S}",
    f"glpat-{S}{S}",
    f"sk-{S}",
    f"sk-proj-{S}-{S}",
    f"hf_{S}{S}{S}{S}",
    f"foo/hf_{S}",
    JWT_SHORT,
    f"https://hooks.slack.com/services/T0/B0/{S}",
    f"https://hooks.slack.com/commands/T0/1/{S}",
    f"https://discord.com/api/webhooks/1/{S}",
    f"123456789:AAE{S}{S}{S}{S}",
    f"-----BEGIN RSA PRIVATE KEY-----\nMIIE{S}\n{S}\n-----END RSA PRIVATE KEY-----",
    f"-----BEGIN OPENSSH PRIVATE KEY----- b3Bl{S} cut off",
    f"<Password>{S}</Password>",
    f"--token {S}",
    f"curl -u me:{S} https://x",
    f"login me password {S}",
    f"Invalid token '{S}'",
    f"Incorrect API key provided: {S}.",
    f"Cookie: session={S}; a=b",
    f"https://fn.azurewebsites.net/api/x?code={S}{S}",
    f"the password is {S}",
    f"token={S}",
    f"https://maps/api?key={S}",
    "AKIAIOSFODNN7EXAMPLE".replace("IOSFODNN7", "9VSECRETX"),
    f"abc8Q~{S}{S}{S}{S}",
    f"X-API-KEY {S}",
    f"the password {S} was refused",
    f"signing_secret {S}",
    f"\\u0022client_secret\\u0022:\\u0022{S}\\u0022",
    f"https%3A%2F%2Fuser%3A{S}%40host",
    f"--account-key {S}",
    f"private_key: {S}",
    f"aeg-sas-key: {S}",
    f"Bearer: {S}",
    f'"bearer": "{S}"',
    f"https:\\/\\/hooks.slack.com\\/services\\/T\\/B\\/{S}",
    f"https%3A%2F%2Fhooks.slack.com%2Fservices%2FT%2FB%2F{S}",
    f"https://hooks.zapier.com/hooks/catch/1/{S}",
    f"xoxd-{S}%2B{S}",
    f"SG.{S}.{S}{S}",
    f'"password":\n    "{S}"',
    f"- name: DB_PASSWORD\n  value: {S}",
    f'{{"key": "DB_PASSWORD", "value": "{S}"}}',
    f'"name": "DB_PASSWORD",\n  "value": "{S}"',
    "api-key: SECRETSECRET and Bearer SECRET and token: SECRET",
]
HARMLESS = [
    "the token is missing",
    "key: value pairs",
    "the key=value of it",
    "Set HF_TOKEN to a token of that account.",
    "password: must not be empty",
    "Password: required",
    "The secret is out",
    "max_new_tokens=20, num_tokens: 512",
    "pad_token='[PAD]', eos_token=</s>, token=None",
    "eos_token_id: 50256",
    '"token": "Wash", "word": "ington"',
    "Missing key(s) in state_dict: visual.proj",
    "KeyError: 'model.layers.0.weight'",
    "unexpected key: encoder.layer.0.attention.self.query.weight",
    "key: all-MiniLM-L6-v2",
    "signature: inputs: [image: binary]",
    "signature=infer_signature(x, y)",
    "import owner/hf_mistral",
    "https://huggingface.co/openai/clip-vit-base-patch32",
    "azureml://registries/azureml/models/openai-clip-vit-base-patch32/versions/11",
    "ring bearer, cup, basic shapes",
    "Basic authentication is off, use Bearer tokens",
    "Basic instructions for sentence-transformers",
    "a bearer of news",
    "what is an xoxb-token?",
    "sk-learn and scikit-learn",
    "risk-assessment-2024",
    "design=modern",
    "monkey: banana",
    "keyboard=qwerty",
    "use_auth_token=True",
    "sorted(rows, key=len)",
    "key=lambda row: row[0]",
    "primary_key=True",
    "Tokens: 1,024 in, 20 out",
    "tokenizer: BertTokenizerFast",
    "password='' and secret=None",
    "api_key=${API_KEY}",
    "api-key: <your-key>",
    "authorization failed for 2b1c9d4e-0f6a-4a7b-9c3d-1e2f3a4b5c6d",
    "user@example.com at https://example.com/a@b",
    "see https://hooks.slack.com for more",
    "exit code: 137, OOMKilled",
    "labels: cat, coffee, dog",
    "bool: true; list: [1, 2]",
    "The name must match ^[a-z]{3,32}$",
    "Standard_DS3_v2 x 2 in westeurope",
    "sha256:9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
    "eyJust looking",
    "max_tokens: 2048",
    "Get artifact SAS URI by name, or its SAS URL.",
    "credential HTTP pipelines",
    "valid token: Washington",
    'WWW-Authenticate: Bearer authorization_uri="https://login"',
    "The password was reset, the secret key expired",
    "an api key openai-gpt4o-mini",
    "secret sauce, secret gardens2",
    "the ring bearer: Frodo",
    "client secret expired 2026-07-28T10:00:00Z",
    "private key: missing",
    "https://hooks.example.com/docs",
    "Secret Garden, passwords of the world",
    "private key pairs and public keys",
    "",
]


@pytest.mark.parametrize("text", LEAKS)
def test_no_secret_of_any_shape_is_shown(text: str) -> None:
    shown = redaction.hide(text)
    bare = shown.replace("AZURE_CLIENT_SECRET=", "")
    readable = [part for part in ("SECRET", "dlNFQ1JFVHgw", "c2ln") if part in bare]
    assert [] == readable


@pytest.mark.parametrize("text", [text for text in LEAKS if "SECRET" in text])
def test_what_is_hidden_stays_as_it_is_when_it_is_cleaned_again(text: str) -> None:
    once = redaction.hide(text, "[hidden]")
    assert once == redaction.hide(once, "[hidden]")
    assert redaction.hide(text) == redaction.hide(redaction.hide(text))


@pytest.mark.parametrize("text", HARMLESS)
def test_ordinary_text_is_left_as_it_is(text: str) -> None:
    assert text == redaction.hide(text)


@pytest.fixture
def known() -> Iterator[None]:
    redaction.know(["plain-words", "postgresql://me:p%40ss%2Fword@db/x", "abc"])
    yield
    redaction.know([])


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("it said plain-words today", "it said … today"),
        ('FATAL: for "p@ss/word"', 'FATAL: for "…"'),
        ("x?a=p%40ss%2Fword", "x?a=…"),
        ("abc is too short to be hidden everywhere", "abc is too short to be hidden everywhere"),
    ],
)
def test_what_the_bot_was_configured_with_is_hidden_anywhere(
    known: None, text: str, shown: str
) -> None:
    assert shown == redaction.hide(text)


PATTERNS = [
    *redaction.TOKENS,
    *(place.pattern for place in PLACES),
    *(value.pattern for value in VALUES),
]


@pytest.mark.parametrize("shape", PATTERNS)
def test_no_open_repeat_of_a_shape_gives_anything_back(shape: re.Pattern[str]) -> None:
    bare = re.sub(r"\\.|\[(?:\\.|[^\]\\])*\]", "c", shape.pattern)  # escapes and classes are one
    possessive = re.sub(r"(?:[+*]|\{\d+,\d*\})\+", "", bare)
    assert [] == re.findall(r"[+*]|\{\d+,\}", possessive)


# Each would keep a quadratic pattern busy for hours.
@pytest.mark.parametrize(
    "unit",
    [
        "eyJ",
        "eyJ.",
        "hf_",
        "xoxb",
        "://",
        "://a:",
        "Bearer ",
        "bearer",
        "sig",
        "a",
        "primarykey =",
        "token:",
        "password>",
        "key=a.",
    ],
)
def test_a_long_text_takes_no_longer_than_its_length(unit: str) -> None:
    text = unit * (1_000_000 // len(unit))
    assert not redaction.has_token(text)
    assert redaction.hide(text)


@pytest.mark.parametrize(
    "name",
    [
        "azureml://registries/HuggingFace/models/hf_internal_random_model/versions/3",
        "hf_sentiment_large",
        "sk-learn-iris-v2",
        "key-phrases-2b",
        "npm-bert-classifier-v2",
        "gsk-llama-70b-2024",
        "r8-transformer-small1",
        "key_point-detector-v1",
        "microsoft-phi-3-mini-4k-instruct",
    ],
)
def test_a_model_may_be_called_like_the_beginning_of_a_token(name: str) -> None:
    assert (name, False) == (redaction.hide(name), redaction.has_token(name))
