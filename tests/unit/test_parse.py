from __future__ import annotations

import pytest

from handlers.parsing import file_name, plain, refuse_overlong, split_verb, take_options
from services.errors import InvalidInputError


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("search   clip", "search clip"),
        ("search\u00a0clip\u200b", "search clip"),
        ("task:\u201cfill mask\u201d", 'task:"fill mask"'),
        ("it\u2019s", "it's"),
        ("bert\u2014base\u2013uncased", "bert-base-uncased"),
        ("\uff44eploy\u3000clip\u3000\uff4fn\uff1aStandard", "deploy clip on:Standard"),
        ("cat\uff0ccoffee\u3001dog", "cat,coffee,dog"),
        ("a &amp; b &lt;3", "a & b <3"),
        ("<https://huggingface.co/a/b>", "https://huggingface.co/a/b"),
        ("<https://huggingface.co/a/b|huggingface.co/a/b>", "https://huggingface.co/a/b"),
        ("<http://bert.co|bert.co>", "bert.co"),
        ("<https://x.invalid/y|a model>", "a model"),
        ("<@UBOT> search clip", "search clip"),
        ("<@UBOT|aml-bot> search clip", "search clip"),
        ("<@U2|ann> and <@U3>", "@ann and @U3"),
        ("<#C1|general> <!here>", "#general @here"),
        ("cat\n\n dog ", "cat\ndog"),
    ],
)
def test_text_becomes_what_was_meant(typed: str, meant: str) -> None:
    assert meant == plain(typed, "UBOT")


@pytest.mark.parametrize(
    ("text", "verb", "rest"),
    [
        ("", "", ""),
        ("Search Clip", "search", "Clip"),
        ("/aml search clip", "search", "clip"),
        ("`/aml search clip`", "search", "clip"),
        ("/aml", "", ""),
        ('"search" clip', "search", "clip"),
    ],
)
def test_the_first_word_is_the_verb(text: str, verb: str, rest: str) -> None:
    typed = split_verb(text)

    assert (verb, rest) == (typed.verb, typed.rest)


@pytest.mark.parametrize(
    ("text", "words", "options"),
    [
        ("clip on:Standard_DS3_v2", "clip", {"on": "Standard_DS3_v2"}),
        ("on:x clip ON:y", "clip", {"on": "x,y"}),
        ('clip task:"fill mask" small', "clip small", {"task": "fill mask"}),
        ("clip task:'fill mask", "clip", {"task": "fill mask"}),
        ("https://x.invalid/a:b", "https://x.invalid/a:b", {}),
        ("other:thing clip", "other:thing clip", {}),
        ("task://x clip", "task://x clip", {}),
        ("multitask:x", "multitask:x", {}),
        ("clip -task:x", "clip", {"-task": "x"}),
        ("clip --task:x", "clip", {"-task": "x"}),
        ("non-task:x", "non-task:x", {}),
        ("-small task:a,b clip", "-small clip", {"task": "a,b"}),
        ("task:a, b", "b", {"task": "a"}),
        ('task:"fill mask",translation clip', "clip", {"task": "fill mask,translation"}),
        ("task:'a b',-\"c d\",-e", "", {"task": "a b,-c d,-e"}),
        ("task:a -task:b task:-c", "", {"task": "a,-c", "-task": "b"}),
        ("on:o'reilly clip it's", "clip it's", {"on": "o'reilly"}),
        ("on:<2GB", "", {"on": "<2GB"}),
        ("on:- clip", "clip", {"on": "-"}),
    ],
)
def test_only_declared_keys_are_options(text: str, words: str, options: dict[str, str]) -> None:
    assert (words, options) == take_options(text, ["on", "task"])


def test_an_option_needs_a_value() -> None:
    with pytest.raises(InvalidInputError, match="needs a value"):
        take_options("clip on: Standard", ["on"])


@pytest.mark.parametrize("text", ["clip -task:", "task:, clip", 'task:"" clip'])
def test_an_option_of_nothing_but_punctuation_has_no_value(text: str) -> None:
    with pytest.raises(InvalidInputError, match="needs a value"):
        take_options(text, ["task"])


def test_without_declared_options_nothing_is_taken_out() -> None:
    assert ("a:b", {}) == take_options("a:b", [])


def test_a_direct_message_has_no_name_and_is_said_in_words() -> None:
    assert "see (a direct message) and #C1" == plain("see <#D0123ABC> and <#C1>")


def test_what_is_longer_than_anybody_types_is_refused_with_a_word() -> None:
    text = plain("cat, dog, " * 1_000)
    assert len(text) <= 4_001
    with pytest.raises(InvalidInputError, match="longer than I read: I take 4,000 characters"):
        refuse_overlong(text)


def test_what_just_fits_is_read() -> None:
    refuse_overlong(plain("a" * 4_000))
    refuse_overlong(plain("a\ue003"))


def test_the_name_of_a_file_is_cut() -> None:
    assert 300 == len(file_name("a" * 9_000))
