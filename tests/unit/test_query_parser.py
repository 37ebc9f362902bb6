from __future__ import annotations

import pytest

from services.errors import InvalidInputError, Suggestion
from services.index import Choice, Running, SearchQuery, Span, parse_query

GB = 10**9


def tasks(text: str) -> set[str]:
    return {task for term in parse_query(text, {}).terms for task in term.tasks}


def words(text: str) -> list[str]:
    return [term.text for term in parse_query(text, {}).terms]


@pytest.mark.parametrize(
    ("text", "task"),
    [
        ("summarization", "text-summarization"),
        ("translation", "text-translation"),
        ("image-instance-segmentation", "image-segmentation"),
        ("video-multi-object-tracking", "multi-object-tracking"),
        ("text-named-entity-recognition", "token-classification"),
        ("Bilder? image classifier!", "image-classification"),
        ("classify pictures", "image-classification"),
        ("speech to text", "automatic-speech-recognition"),
        ("ASR", "automatic-speech-recognition"),
        ("ner", "token-classification"),
        ("vqa", "visual-question-answering"),
        ("sentiment", "text-classification"),
        ("zero-shot", "zero-shot-image-classification"),
        ("answers questions about a text", "question-answering"),
        ("answer questions about photos", "visual-question-answering"),
        ("text to image", "text-to-image"),
        ("image to text", "image-to-text"),
        ("翻译", "text-translation"),
        ("文本分类", "text-classification"),
        ("问答", "question-answering"),
        ("图像分类", "image-classification"),
        ("目标检测", "object-detection"),
        ("摘要", "text-summarization"),
        ("语音识别", "automatic-speech-recognition"),
        ("零样本", "zero-shot-image-classification"),
        ("我想要一个翻译模型", "text-translation"),
    ],
)
def test_a_task_is_known_by_many_names(text: str, task: str) -> None:
    assert {task} == tasks(text)


def test_a_misspelled_task_is_only_a_guess() -> None:
    (term,) = parse_query("sumarization", {}).terms

    assert (("text-summarization",), "summarization") == (term.tasks, term.guessed)


def test_the_longest_phrase_counts_and_other_words_stay() -> None:
    assert ["squad", "question answering"] == words("a squad model for question answering please")


@pytest.mark.parametrize(
    ("text", "prefer"),
    [
        ("small image classifier", "small"),
        ("tiny bert", "small"),
        ("小型 翻译", "small"),
        ("large clip", "large"),
        ("bert", ""),
    ],
)
def test_small_and_large_are_preferences(text: str, prefer: str) -> None:
    query = parse_query(text, {})

    assert prefer == query.prefer
    assert bool(prefer) == any(term.optional for term in query.terms)


@pytest.mark.parametrize(
    ("text", "finetune"),
    [
        ("finetune bert", True),
        ("can I fine-tune bert", True),
        ("fine tuning bert", True),
        ("finetunable bert", True),
        ("-finetune bert", False),
        ("bert 微调", True),
        ("bert-finetuned", None),
        ("bert", None),
    ],
)
def test_bare_words_are_filters(text: str, finetune: bool | None) -> None:  # noqa: FBT001 - a table
    assert finetune == parse_query(text, {}).filters.finetune


@pytest.mark.parametrize(
    ("text", "runs"),
    [
        ("bert on cpu", Running(cpu=True)),
        ("bert on a CPU?", Running(cpu=True)),
        ("-cpu bert", Running(cpu=False)),
        ("bert without gpu", Running(gpu=False)),
        ("no gpu", Running(gpu=False)),
        ("cpu gpu", Running(cpu=True, gpu=True)),
        ("gpubert", Running()),
    ],
)
def test_cpu_and_gpu_tell_what_it_is_to_run_on(text: str, runs: Running) -> None:
    assert runs == parse_query(text, {}).runs


def test_switches_are_no_words() -> None:
    assert ["bert"] == words("bert on cpu finetune batch")


def test_a_dash_before_a_word_excludes_it() -> None:
    query = parse_query("clip -vit-large - -gpu", {})

    assert ["clip"] == [term.text for term in query.terms]
    assert [("vit", "large")] == [term.words for term in query.never]
    assert Running(gpu=False) == query.runs


def test_lists_repetitions_and_exclusions_are_understood() -> None:
    options = {"task": "fill-mask,-translation", "-license": "mit", "license": "apache-2.0"}

    filters = parse_query("", options).filters

    assert Choice(include=("fill-mask",), exclude=("translation",)) == filters.task
    assert Choice(include=("apache-2.0",), exclude=("mit",)) == filters.license


@pytest.mark.parametrize(
    ("typed", "spans"),
    [
        ("<2GB", (Span(most=2 * GB - 1),)),
        ("<=2GB", (Span(most=2 * GB),)),
        ("2gb", (Span(most=2 * GB),)),
        ("> 500 MB", (Span(least=GB // 2 + 1),)),
        ("≥1.5g", (Span(least=3 * GB // 2),)),
        ("1GiB", (Span(most=2**30),)),
        ("1.5GB..4GB", (Span(least=3 * GB // 2, most=4 * GB),)),
        ("1..4GB", (Span(least=GB, most=4 * GB),)),
        ("4GB..1GB", (Span(least=GB, most=4 * GB),)),
        ("500..900MB", (Span(least=GB // 2, most=9 * GB // 10),)),
        ("2GB..", (Span(least=2 * GB),)),
        (">1GB,<4GB", (Span(least=GB + 1, most=4 * GB - 1),)),
        ("-<2GB", (Span(least=2 * GB),)),
        ("-1GB..4GB", (Span(most=GB - 1), Span(least=4 * GB + 1))),
    ],
)
def test_sizes_are_read(typed: str, spans: tuple[Span, ...]) -> None:
    assert spans == parse_query("", {"size": typed}).filters.size


@pytest.mark.parametrize(
    ("typed", "price"),
    [
        ("0.50/h", 0.5),
        ("$0.5", 0.5),
        ("<0.5", 0.5),
        (".5/hour", 0.5),
        ("365/month", 0.5),
        ("12 per day", 0.5),
        ("0.50 usd/h", 0.5),
        ("1,0.5", 0.5),
    ],
)
def test_prices_are_read_by_the_hour(typed: str, price: float) -> None:
    assert price == parse_query("", {"under": typed}).runs.under


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("size", "<2XB"),
        ("size", "big"),
        ("size", ">4GB,<1GB"),
        ("size", "<" + "9" * 500),
        ("under", "cheap"),
        ("under", "5/year"),
        ("-under", "1/h"),
        ("fits", "memory"),
        ("-fits", "quota"),
        ("source", "aws"),
    ],
)
def test_a_filter_that_means_nothing_gets_examples(key: str, value: str) -> None:
    with pytest.raises(InvalidInputError) as refused:
        parse_query("", {key: value})

    assert key.lstrip("-") == refused.value.field
    assert {("search", refused.value.field)} == {
        (suggestion.verb, name)
        for suggestion in refused.value.suggestions
        if isinstance(suggestion, Suggestion)
        for name, _ in suggestion.options
    }


@pytest.mark.parametrize(
    ("key", "value", "what", "why", "advice", "likeliest"),
    [
        (
            "size",
            "<2XB",
            "`size:` does not understand “2XB”.",
            "It is a number with MB, GB, MiB or GiB.",
            "Examples: `size:<2GB`, `size:>500MB`, `size:1GB..4GB`.",
            "<2GB",
        ),
        (
            "size",
            ">4GB,<1GB",
            "`size:` does not understand “>4GB,<1GB”.",
            "No size is all of that.",
            "Examples: `size:<2GB`, `size:>500MB`, `size:1GB..4GB`.",
            "<2GB",
        ),
        (
            "under",
            "cheap",
            "`under:` does not understand “cheap”.",
            "It is an amount in US dollars.",
            "Examples: `under:0.50/h`, `under:360/month`.",
            "0.50/h",
        ),
        (
            "source",
            "aws",
            "`source:` does not know “aws”.",
            "",
            "It takes `source:azure`, `source:hf`, `source:workspace`.",
            "azure",
        ),
    ],
)
def test_a_refusal_says_what_the_filter_takes(  # noqa: PLR0913, PLR0917 - the parts of an error
    key: str, value: str, what: str, why: str, advice: str, likeliest: str
) -> None:
    with pytest.raises(InvalidInputError) as refused:
        parse_query("", {key: value})

    assert (what, why, advice) == refused.value.parts
    assert Suggestion(verb="search", options=((key, likeliest),)) == refused.value.suggestions[0]


@pytest.mark.parametrize(("typed", "source"), [("Hub", "hf"), ("azureml", "azure"), ("HF", "hf")])
def test_sources_have_other_names(typed: str, source: str) -> None:
    assert Choice(include=(source,)) == parse_query("", {"source": typed}).filters.source


def test_quota_is_a_wish_for_whoever_knows_it() -> None:
    assert parse_query("", {"fits": "Quota"}).runs.fits


def test_unknown_options_ask_for_nothing() -> None:
    assert SearchQuery() == parse_query("", {"page": "2", "": ""})


@pytest.mark.parametrize("text", ["👍", "!!! ???", '"', "( * )"])
def test_a_text_without_words_is_nonsense(text: str) -> None:
    assert parse_query(text, {}).nonsense
    assert not parse_query(text, {"license": "mit"}).nonsense


@pytest.mark.parametrize(
    "text",
    [
        "x" * 3000,
        "word " * 900,
        "翻" * 3000,
        "- cpu " * 500,
        "a-" * 1500,
        "مرحبا " * 500,
        "\u202e\x00",
    ],
)
def test_long_and_odd_texts_are_understood(text: str) -> None:
    query = parse_query(text, {"size": "<2GB", "task": text[:100].replace(",", "")})

    assert len(query.terms) <= 12
