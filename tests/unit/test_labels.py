"""Labels as people write them."""

from __future__ import annotations

import pytest

from services.errors import InvalidInputError
from services.labels import parse


def refusal(text: str) -> InvalidInputError:
    with pytest.raises(InvalidInputError) as caught:
        parse(text)
    return caught.value


@pytest.mark.parametrize(
    "text",
    [
        "cat, coffee, dog",
        "cat,coffee,dog",
        " cat ,, coffee , dog, ",
        "cat\uff0ccoffee\uff0cdog",  # full-width commas
        "cat\u3001coffee\u3001dog",  # Chinese enumeration commas
        "cat; coffee; dog",
        "cat\uff1bcoffee\uff1bdog",
        "cat\ncoffee\r\ndog",
        "- cat\n- coffee\n- dog",
        "1. cat\n2. coffee\n3) dog",
        "\u2022 cat\n\u2022 coffee\n\u2022 dog",
        '"cat", "coffee", "dog"',
        "\u201ccat\u201d, \u2018coffee\u2019, `dog`",
        '"cat, coffee, dog"',
        "cat, Cat, coffee, CAT, dog, dog",
        "@aml-bot: cat, coffee, dog",
        "@aml-bot cat, coffee, dog",
        ": cat, coffee, dog",
        "\uff1acat\uff0ccoffee\uff0cdog\u3002",
        "*cat, coffee, dog*",
        "*cat*, _coffee_, ~dog~",
        "_cat, coffee, dog_",
        "`cat, coffee, dog`",
        "```cat, coffee, dog```",
        "> cat, coffee, dog",
        "> cat\n> coffee\n> dog",
        ">cat\n>coffee\n>dog",
        "* cat\n* coffee\n* dog",
        "+ cat\n+ coffee\n+ dog",
        "\u00b7 cat\n\u00b7 coffee\n\u00b7 dog",
        "(1) cat\n(2) coffee\n(3) dog",
        "1: cat, 2: coffee, 3: dog",
        "\uff11\uff0e cat\n\uff12\uff0e coffee\n\uff13\uff0e dog",
        "cat, coffee, dog.",
        "cat, coffee, dog!",
        "*1.* cat, *2.* coffee, *3.* dog",
        '*"cat", "coffee", "dog".*',
        "_*cat*_, *_coffee_*, `*dog*`",
    ],
)
def test_labels_are_found_however_they_are_separated(text: str) -> None:
    assert ("cat", "coffee", "dog") == parse(text)


@pytest.mark.parametrize(
    ("text", "labels"),
    [
        ("U.S., U.K.", ("U.S.", "U.K.")),
        ("snake_case, 2 * 3", ("snake_case", "2 * 3")),
        ("c++, c#", ("c++", "c#")),
        ("-5, +5", ("-5", "+5")),
        ("time: noon, time: night", ("time: noon", "time: night")),
        ("no. 5, no. 7", ("no. 5", "no. 7")),
        ("\u732b\uff0c\u72d7\u3002", ("\u732b", "\u72d7")),
    ],
)
def test_signs_that_belong_to_a_label_stay(text: str, labels: tuple[str, ...]) -> None:
    assert labels == parse(text)


def test_spaces_inside_a_label_stay_single() -> None:
    assert ("a photo of a cat", "hot dog") == parse("a  photo\tof a cat, hot dog")


def test_an_apostrophe_is_no_quote() -> None:
    assert ("painter's easel", "dogs' bed") == parse("painter\u2019s easel, dogs' bed")


def test_accents_are_composed_so_that_equal_labels_are_one() -> None:
    assert ("caf\u00e9", "tea") == parse("cafe\u0301, caf\u00e9, tea")


def test_labels_need_not_be_english() -> None:
    assert ("\u732b", "\u72d7") == parse("\u732b\uff0c\u72d7")


@pytest.mark.parametrize("text", ["", "  ", ", ,;\n", '""'])
def test_no_label_is_refused_with_an_example(text: str) -> None:
    error = refusal(text)
    assert "There are no labels to choose from." == error.what
    assert "`cat, coffee, dog`" in error.advice


def test_one_label_is_refused_because_it_would_always_get_everything() -> None:
    error = refusal("cat")
    assert "\u201ccat\u201d is the only label." == error.what
    assert "a single one always gets 100 %" in error.why


@pytest.mark.parametrize(
    "text",
    [
        '"egg, fried", milk',
        "milk, \u201cegg, fried\u201d",
        '"egg; fried", milk',
        '"egg\uff0c fried", milk',
        "egg\\, fried, milk",
    ],
)
def test_a_comma_inside_a_label_is_refused(text: str) -> None:
    error = refusal(text)
    assert "has a comma inside." in error.what
    assert "labels" == error.field


def test_a_hundred_labels_are_allowed() -> None:
    assert 100 == len(parse(", ".join(f"thing {number}" for number in range(100))))


def test_more_than_a_hundred_labels_are_refused() -> None:
    error = refusal(", ".join(f"thing {number}" for number in range(101)))
    assert "101 labels are too many." == error.what


def test_75_bytes_are_allowed() -> None:
    assert ("a" * 75, "b") == parse("a" * 75 + ", b")


@pytest.mark.parametrize("label", ["a" * 76, "\u732b" * 26])
def test_a_label_of_more_than_75_bytes_is_refused(label: str) -> None:
    assert "is too long" in refusal(f"{label}, dog").what
