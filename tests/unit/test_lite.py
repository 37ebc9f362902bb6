"""The sandbox's offline classifier and its request contract."""

from __future__ import annotations

import base64
import json
import threading
from pathlib import Path
from typing import Any

import pytest

from bot.sandbox.scoring import Answer, Scorer

PHOTOS = Path(__file__).parents[2] / "bot" / "sandbox" / "photos"
CLASSIFIER = "sandbox classifier, not CLIP: knows about 1,000 everyday objects"


@pytest.fixture(scope="module")
def scorer(tmp_path_factory: pytest.TempPathFactory) -> Scorer:
    return Scorer(cache=tmp_path_factory.mktemp("no-clip-here"))


def photo(name: str) -> str:
    return base64.encodebytes((PHOTOS / f"{name}.jpg").read_bytes()).decode()


def asked(*rows: list[object], columns: tuple[str, ...] = ("image", "text")) -> dict[str, Any]:
    return {"input_data": {"columns": list(columns), "data": list(rows)}}


def best(answer: Answer, row: int = 0) -> str:
    assert answer.status == 200, answer.body
    probabilities = answer.body[row]["probs"]
    label: str = answer.body[row]["labels"][probabilities.index(max(probabilities))]
    return label


def reason(answer: Answer) -> str:
    assert answer.status == 424
    return answer.headers["ms-azureml-model-error-reason"]


@pytest.mark.parametrize("name", ["cat", "coffee", "rocket"])
def test_the_demo_photos_are_recognised(scorer: Scorer, name: str) -> None:
    assert name == best(scorer.score(asked([photo(name), "cat, coffee, dog, rocket"])))


def test_words_outside_the_class_names_work(scorer: Scorer) -> None:
    assert "kitten" == best(scorer.score(asked([photo("cat"), "lorry, puppy, kitten"])))


def test_a_request_may_come_as_json_text(scorer: Scorer) -> None:
    body = json.dumps(asked([photo("cat"), "cat, dog"])).encode()
    assert "cat" == best(scorer.score(body))


def test_probabilities_sum_to_one_and_keep_the_order_of_the_labels(scorer: Scorer) -> None:
    (row,) = scorer.score(asked([photo("cat"), "dog, cat,, cat , tea"])).body
    assert ["dog", "cat", "cat", "tea"] == row["labels"]
    assert pytest.approx(1.0) == sum(row["probs"])


def test_labels_of_later_rows_are_not_read(scorer: Scorer) -> None:
    answer = scorer.score(asked([photo("cat"), "cat, coffee"], [photo("coffee"), "dog"]))
    assert ["cat", "coffee"] == answer.body[1]["labels"]
    assert "coffee" == best(answer, row=1)


def test_later_rows_need_no_text(scorer: Scorer) -> None:
    assert 2 == len(scorer.score(asked([photo("cat"), "cat, dog"], [photo("coffee")])).body)


def test_it_says_that_it_is_not_clip(scorer: Scorer) -> None:
    headers = scorer.score(asked([photo("cat"), "cat, dog"])).headers
    assert {"x-model-engine": "lite", "x-model-note": CLASSIFIER} == headers


def test_it_names_words_it_left_out(scorer: Scorer) -> None:
    note = scorer.score(asked([photo("cat"), "xyzzy cat, dog"])).headers["x-model-note"]
    assert f"{CLASSIFIER}; unknown words left out: xyzzy" == note


def test_it_names_labels_without_a_thing_to_see(scorer: Scorer) -> None:
    note = scorer.score(asked([photo("cat"), "cat, happy"])).headers["x-model-note"]
    assert f"{CLASSIFIER}; names no object it can see: happy" == note


def test_a_label_of_unknown_words_fails_the_model_by_name(scorer: Scorer) -> None:
    answer = scorer.score(asked([photo("cat"), "cat, xyzzy, \u732b"]))
    assert "The sandbox classifier does not know: xyzzy, \\u732b" == reason(answer)
    assert {"message": "The sandbox classifier does not know: xyzzy, \u732b"} == answer.body


@pytest.mark.parametrize("text", ["", " , ,", None, 7])
def test_missing_labels_fail_with_the_real_text(scorer: Scorer, text: object) -> None:
    assert reason(scorer.score(asked([photo("cat"), text]))).startswith(
        "The provided labels cannot be parsed."
    )


def test_one_bad_picture_fails_all(scorer: Scorer) -> None:
    bad = base64.b64encode(b"%PDF-1.7").decode()
    answer = scorer.score(asked([photo("cat"), "cat, dog"], [bad, ""]))
    assert reason(answer).startswith("cannot identify image file")


@pytest.mark.parametrize(
    ("cell", "said"),
    [
        ("abc", "The provided image string cannot be decoded."),
        (7, "Image received in <class 'int'> format which is not supported."),
        (None, "Image received in <class 'NoneType'> format"),
        ("http://169.254.169.254/latest/meta-data", "Unable to retrieve image from url string"),
        ("https://example.org/cat.jpg", "Unable to retrieve image from url string"),
    ],
)
def test_what_is_no_picture_fails(scorer: Scorer, cell: object, said: str) -> None:
    assert reason(scorer.score(asked([cell, "cat, dog"]))).startswith(said)


@pytest.mark.parametrize(
    ("body", "said"),
    [
        (b"{", "The request body is not JSON"),
        (b"[]", "The request body is not a JSON object"),
        ({"input_data": [["x", "cat"]]}, "'list' object has no attribute 'items'"),
        (asked(["x"], ["y"]), "2 columns passed, passed data had 1 columns"),
        (asked(["x"], columns=("image",)), "Model is missing inputs ['text']."),
        (
            {"input_data": {"columns": ["image", "text"], "index": [0, 1], "data": [["x", "cat"]]}},
            "Length of values (1) does not match length of index (2)",
        ),
        (asked(), "The provided labels cannot be parsed."),
    ],
)
def test_a_malformed_request_fails_with_the_real_text(
    scorer: Scorer, body: bytes | dict[str, Any], said: str
) -> None:
    assert reason(scorer.score(body)).startswith(said)


def test_further_columns_are_ignored(scorer: Scorer) -> None:
    body = asked(["7", photo("cat"), "cat, dog"], columns=("id", "image", "text"))
    assert "cat" == best(scorer.score(body))


def test_requests_at_the_same_time_share_one_network(tmp_path: Path) -> None:
    scorer = Scorer(cache=tmp_path)
    found: list[str] = []
    threads = [
        threading.Thread(
            target=lambda: found.append(best(scorer.score(asked([photo("cat"), "cat, dog"]))))
        )
        for _ in range(4)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert ["cat"] * 4 == found
