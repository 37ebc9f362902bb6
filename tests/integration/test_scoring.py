"""Our scoring client against a served classifier, and against endpoints that misbehave."""

from __future__ import annotations

import asyncio
import contextlib
import json
import socket
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web

from bot.sandbox.scoring import Scorer
from services.decoder.picture import read
from services.errors import (
    InvalidInputError,
    NotAllowedError,
    NotFoundError,
    ServiceError,
    ServiceRefusedError,
    TemporaryError,
)
from services.scoring import Scoring
from tests.integration.sandbox.conftest import serving

PHOTOS = Path(__file__).parents[2] / "bot" / "sandbox" / "photos"
KEY, RENEWED = "key-of-the-endpoint", "key-asked-for-again"
LABELS = ("cat", "coffee", "dog")
TOO_MUCH = "The endpoint answered with more than 4 MB, which no classifier needs."
GOOD = [{"probs": [0.5, 0.3, 0.2], "labels": list(LABELS)}]


@dataclass(slots=True, kw_only=True)
class Endpoint:
    """Answers every request the same way, and keeps what it was asked."""

    status: int = 200
    body: Any = None
    text: str | None = None
    headers: dict[str, str] = field(default_factory=dict)
    scorer: Scorer | None = None
    asked: list[dict[str, Any]] = field(default_factory=list)

    async def score(self, request: web.Request) -> web.Response:
        raw = await request.read()
        self.asked.append({"headers": dict(request.headers), "body": json.loads(raw), "raw": raw})
        if self.scorer:
            answer = await asyncio.to_thread(self.scorer.score, raw)
            return web.json_response(answer.body, status=answer.status, headers=answer.headers)
        text = json.dumps(self.body) if self.text is None else self.text
        kind = "application/json" if self.text is None else "text/html"
        return web.Response(text=text, status=self.status, headers=self.headers, content_type=kind)

    @contextmanager
    def served(self) -> Iterator[str]:
        app = web.Application(client_max_size=10_000_000)
        app.router.add_post("/score", self.score)
        with serving(app) as url:
            yield f"{url}/score"


def given(*, fresh: bool = False) -> str:
    return RENEWED if fresh else KEY


def photo(name: str) -> bytes:
    return read((PHOTOS / f"{name}.jpg").read_bytes(), lambda _: None).jpeg


def failure(endpoint: Endpoint) -> ServiceError:
    with endpoint.served() as uri, pytest.raises(ServiceError) as caught:
        Scoring().classify(uri, given, "blue", [b"jpeg"], LABELS)
    assert KEY not in str(caught.value)
    return caught.value


def test_photos_are_classified(tmp_path: Path) -> None:
    with Endpoint(scorer=Scorer(cache=tmp_path)).served() as uri:
        scored = Scoring().classify(uri, given, "blue", [photo("cat"), photo("coffee")], LABELS)
    cat, coffee = scored.probabilities
    assert (0, 1) == (cat.index(max(cat)), coffee.index(max(coffee)))
    assert LABELS == scored.labels


def test_the_endpoint_says_which_engine_answered(tmp_path: Path) -> None:
    with Endpoint(scorer=Scorer(cache=tmp_path)).served() as uri:
        scored = Scoring().classify(uri, given, "", [photo("cat")], ("\u732b cat", "happy"))
    assert "lite" == scored.engine
    assert "unknown words left out: \u732b; names no object it can see: happy" in scored.note


def test_the_sandbox_fetches_addresses_of_its_own_only(tmp_path: Path) -> None:
    async def cat(request: web.Request) -> web.Response:
        if request.path == "/elsewhere.jpg":
            raise web.HTTPFound("http://169.254.169.254/cat.jpg")
        return web.Response(body=photo("cat"), content_type="image/jpeg")

    app, scorer = web.Application(), Scorer(cache=tmp_path)
    app.router.add_get("/{name}", cat)
    with serving(app) as url:
        scorer.origins = (url,)
        pages = (f"{url}/cat.jpg", f"{url}/elsewhere.jpg", f"{url}.evil.example/cat.jpg")
        answers = [scorer.score(_row(page)) for page in pages]
    assert [200, 424, 424] == [answer.status for answer in answers]


def _row(image: str) -> dict[str, Any]:
    return {"input_data": {"columns": ["image", "text"], "data": [[image, "cat, dog"]]}}


def test_an_endpoint_that_says_nothing_of_itself_has_no_engine() -> None:
    with Endpoint(body=GOOD).served() as uri:
        scored = Scoring().classify(uri, given, "", [b"jpeg"], LABELS)
    assert ("", "") == (scored.engine, scored.note)
    assert ((0.5, 0.3, 0.2),) == scored.probabilities


def test_key_and_deployment_travel_in_headers() -> None:
    endpoint = Endpoint(body=GOOD)
    with endpoint.served() as uri:
        Scoring().classify(uri, given, "blue", [b"jpeg"], LABELS)
    (asked,) = endpoint.asked
    assert f"Bearer {KEY}" == asked["headers"]["Authorization"]
    assert "blue" == asked["headers"]["azureml-model-deployment"]
    assert KEY.encode() not in asked["raw"]


def test_a_password_file_of_the_machine_does_not_replace_the_key(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    netrc = tmp_path / "netrc"
    netrc.write_text("machine 127.0.0.1 login somebody password else\n")
    monkeypatch.setenv("NETRC", str(netrc))
    endpoint = Endpoint(body=GOOD)
    with endpoint.served() as uri:
        Scoring().classify(uri, given, "", [b"jpeg"], LABELS)
    assert f"Bearer {KEY}" == endpoint.asked[0]["headers"]["Authorization"]


def test_many_pictures_go_in_several_requests_below_a_megabyte(tmp_path: Path) -> None:
    endpoint = Endpoint(scorer=Scorer(cache=tmp_path))
    with endpoint.served() as uri:
        scored = Scoring().classify(uri, given, "", [photo("coffee")] * 20, LABELS)
    assert 20 == len(scored.probabilities)
    assert len(endpoint.asked) > 1
    assert max(len(asked["raw"]) for asked in endpoint.asked) < 1_000_000


def test_a_picture_too_large_for_any_request_is_refused_before_sending() -> None:
    endpoint = Endpoint(body=GOOD)
    with endpoint.served() as uri, pytest.raises(InvalidInputError, match="too large"):
        Scoring().classify(uri, given, "", [bytes(800_000)], LABELS)
    assert [] == endpoint.asked


@pytest.mark.parametrize(
    ("status", "kind"),
    [
        (401, NotAllowedError),
        (403, NotAllowedError),
        (404, NotFoundError),
        (408, TemporaryError),
        (413, InvalidInputError),
        (418, ServiceRefusedError),
        (429, TemporaryError),
        (500, TemporaryError),
        (502, TemporaryError),
        (503, TemporaryError),
    ],
)
def test_each_status_has_its_error(status: int, kind: type[ServiceError]) -> None:
    assert kind is type(failure(Endpoint(status=status, body={})))


def test_a_busy_endpoint_says_when_to_come_back() -> None:
    error = failure(Endpoint(status=429, body={}, headers={"Retry-After": "12"}))
    assert isinstance(error, TemporaryError)
    assert 12 == error.retry_after


def test_the_models_own_reason_is_passed_on(tmp_path: Path) -> None:
    with (
        Endpoint(scorer=Scorer(cache=tmp_path)).served() as uri,
        pytest.raises(ServiceRefusedError) as caught,
    ):
        Scoring().classify(uri, given, "", [photo("cat")], ("cat", "xyzzy"))
    assert "The sandbox classifier does not know: xyzzy" == caught.value.why


def test_an_endpoint_that_is_closed_to_the_public_says_so_and_blames_no_key() -> None:
    error = failure(
        Endpoint(status=403, text="Public network access is disabled for this endpoint.")
    )

    assert isinstance(error, NotAllowedError)
    assert "EndpointClosed" == error.code
    assert "Public network access is disabled for this endpoint." == error.why


def test_a_right_that_is_missing_is_named() -> None:
    action = "Microsoft.MachineLearningServices/workspaces/onlineEndpoints/score/action"
    words = f"Identity(object id: x) does not have permissions for {action} actions."
    error = failure(Endpoint(status=403, body={"error": {"code": "UserError", "message": words}}))

    assert "lacks `…/score/action`" in str(error)


def test_a_key_that_is_refused_comes_with_the_endpoints_words() -> None:
    error = failure(Endpoint(status=403, text="key_auth_access_denied: wrong key given"))

    assert isinstance(error, NotAllowedError)
    assert ("key_auth_access_denied: wrong key given",) == error.evidence


def test_of_a_models_traceback_its_exception_is_said() -> None:
    text = (
        'Traceback (most recent call last):\n  File "score.py", line 1, in run\n    x()\n'
        "ValueError: bad picture\n"
    )
    error = failure(Endpoint(status=424, text=text))

    assert isinstance(error, ServiceRefusedError)
    assert "ValueError: bad picture" == error.why


def test_a_model_without_memory_asks_for_a_larger_gpu() -> None:
    error = failure(Endpoint(status=424, text="CUDA out of memory. Tried to allocate 2.00 GiB"))

    assert isinstance(error, ServiceRefusedError)
    assert "ModelMemory" == error.code


def test_a_reason_in_the_header_alone_is_passed_on() -> None:
    headers = {"ms-azureml-model-error-statuscode": "400", "ms-azureml-model-error-reason": "No!"}
    error = failure(Endpoint(status=424, text="", headers=headers))
    assert isinstance(error, ServiceRefusedError)
    assert "No!" == error.why


def test_a_busy_model_is_temporary() -> None:
    headers = {"ms-azureml-model-error-statuscode": "429"}
    assert isinstance(failure(Endpoint(status=424, text="", headers=headers)), TemporaryError)


def test_a_web_page_instead_of_an_answer_is_temporary() -> None:
    error = failure(Endpoint(text="<html>Service unavailable</html>"))
    assert "The endpoint answered with something that is not JSON" == str(error)


def test_a_redirect_is_not_followed() -> None:
    elsewhere = Endpoint(body=GOOD)
    with elsewhere.served() as other:
        error = failure(Endpoint(status=307, body={}, headers={"Location": other}))
    assert isinstance(error, ServiceRefusedError)
    assert [] == elsewhere.asked


@pytest.mark.parametrize(
    "body",
    [
        {"error": "x"},
        [],
        GOOD * 2,
        [[0.5, 0.3, 0.2]],
        [{"probs": [0.5, 0.5], "labels": list(LABELS)}],
        [{"probs": [0.5, 0.3, 0.2], "labels": ["cat", "dog", "coffee"]}],
        [{"probs": [0.9, 0.9, 0.9], "labels": list(LABELS)}],
        [{"probs": [1.5, -0.3, -0.2], "labels": list(LABELS)}],
        [{"probs": ["0.5", "0.3", "0.2"], "labels": list(LABELS)}],
        [{"image_features": [0.1, 0.2]}],
    ],
)
def test_an_answer_of_another_shape_is_no_classifier(body: object) -> None:
    error = failure(Endpoint(body=body))
    assert isinstance(error, ServiceRefusedError)
    assert "NotAClassifier" == error.code


def test_a_dead_endpoint_is_temporary() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
    with pytest.raises(TemporaryError, match="could not be reached"):
        Scoring().classify(f"http://127.0.0.1:{port}/score", given, "", [b"jpeg"], LABELS)


@pytest.mark.parametrize(("status", "sent"), [(401, [KEY, RENEWED]), (403, [KEY]), (404, [KEY])])
def test_a_refused_key_is_asked_for_again_once(status: int, sent: list[str]) -> None:
    endpoint = Endpoint(status=status, body={})

    failure(endpoint)

    assert [f"Bearer {key}" for key in sent] == [
        asked["headers"]["Authorization"] for asked in endpoint.asked
    ]


def test_an_answer_of_any_depth_is_no_classifiers() -> None:
    error = failure(Endpoint(text="[" * 100_000))
    assert "is not that of a zero-shot image classifier" in error.what


@pytest.mark.parametrize("status", [200, 424, 500])
def test_no_more_of_an_answer_is_read_than_scores_can_take(status: int) -> None:
    endless = Endless(status=status)
    error = endless.failure()
    assert (TOO_MUCH, ServiceRefusedError) == (error.what, type(error))
    assert endless.sent < 20_000_000


@pytest.mark.parametrize("headers", [{}, {"Content-Length": "3000"}])
def test_an_answer_that_drips_is_left_after_a_while(
    monkeypatch: pytest.MonkeyPatch, headers: dict[str, str]
) -> None:
    monkeypatch.setattr("services.scoring.ANSWER_SECONDS", 0.2)
    dripping = Endless(chunk=b" ", chunks=3_000, pause=0.02, headers=headers)
    error = dripping.failure()
    assert ("The endpoint did not answer in time.", TemporaryError) == (error.what, type(error))
    assert dripping.sent < dripping.chunks


@pytest.mark.parametrize("coding", ["gzip", "deflate"])
def test_what_an_answer_unpacks_to_counts(coding: str) -> None:
    packer = zlib.compressobj(9, wbits=31 if coding == "gzip" else 15)
    packed = b"".join(packer.compress(bytes(2**20)) for _ in range(64)) + packer.flush()
    error = Endless(chunk=packed, chunks=1, headers={"Content-Encoding": coding}).failure()
    assert error.what == TOO_MUCH


@dataclass(slots=True, kw_only=True)
class Endless:
    """Answers in chunks until nobody listens any more."""

    status: int = 200
    chunk: bytes = b"x" * 1_000_000
    chunks: int = 200
    pause: float = 0.0
    headers: dict[str, str] = field(default_factory=dict)
    sent: int = 0

    async def score(self, request: web.Request) -> web.StreamResponse:
        await request.read()
        answer = web.StreamResponse(status=self.status, headers=self.headers)
        await answer.prepare(request)
        with contextlib.suppress(ConnectionError):
            for _ in range(self.chunks):
                await answer.write(self.chunk)
                self.sent += len(self.chunk)
                await asyncio.sleep(self.pause)
        return answer

    def failure(self) -> ServiceError:
        app = web.Application(client_max_size=10_000_000)
        app.router.add_post("/score", self.score)
        with serving(app) as url, pytest.raises(ServiceError) as caught:
            Scoring().classify(f"{url}/score", given, "", [b"jpeg"], LABELS)
        return caught.value
