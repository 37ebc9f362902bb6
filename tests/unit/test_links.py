"""A link of others shows where it leads."""

from __future__ import annotations

from dataclasses import replace

import pytest

from handlers.blocks import error
from handlers.blocks.elements import linked
from handlers.blocks.import_model import body
from handlers.blocks.markdown import converted
from services.errors import UserError
from tests.texts import made_up
from tests.unit import fakes

CYRILLIC = "https://\u0430pple.com/"
EVIL = "https://evil.example/phish"


@pytest.mark.parametrize(
    ("shown", "address", "label"),
    [
        ("<https://x.org/a>", "https://x.org/a", ""),
        ("<https://x.org/a>", "https://x.org/a", "https://x.org/a"),
        ("<https://x.org/a>", "https://x.org/a", "x.org/a"),
        ("<https://x.org/a|x.org>", "https://x.org/a", "x.org"),
        ("<https://x.org/a|the paper (x.org)>", "https://x.org/a", "the paper"),
        ("<http://x.org:81/|here (x.org:81)>", "http://x.org:81/", "here"),
        (
            f"<{EVIL}|https://portal.azure.com/login (evil.example)>",
            EVIL,
            "https://portal.azure.com/login",
        ),
        (f"<{EVIL}|portal.azure.com (evil.example)>", EVIL, "portal.azure.com"),
        (f"<{EVIL}|evil.example.org (evil.example)>", EVIL, "evil.example.org"),
        (f"<{EVIL}|a/b &lt;x&gt; (evil.example)>", EVIL, "a|b <x>"),
        (f"<{CYRILLIC}|Apple (xn--pple-43d.com)>", CYRILLIC, "Apple"),
        (f"<{CYRILLIC}|xn--pple-43d.com>", CYRILLIC, ""),
        (
            "<https://xn--pple-43d.com/|Apple (xn--pple-43d.com)>",
            "https://xn--pple-43d.com/",
            "Apple",
        ),
        ("<https://EVIL.example/|x (evil.example)>", "https://EVIL.example/", "x"),
        ("<https://[::1]/a|x (::1)>", "https://[::1]/a", "x"),
    ],
)
def test_a_link_shows_its_host(shown: str, address: str, label: str) -> None:
    assert shown == linked(address, label)


@pytest.mark.parametrize(
    "address",
    [
        "https://huggingface.co@evil.example/x",
        "https://huggingface.co:443@evil.example/x",
        "https://huggingface.co\\@evil.example/x",
        "javascript:alert(1)",
        "data:text/html,x",
        "slack://channel?id=C1",
        "//evil.example/x",
        "https:///x",
        "https://",
        "https://a b/c",
        "https://x.org/\u202egnp",
        "https://x.org/a|b",
        "https://x.org/<!channel>",
        "https://x.org:99999/",
        "https://[evil/x",
        "",
    ],
)
def test_what_may_lead_elsewhere_is_no_link(address: str) -> None:
    assert "MIT" == linked(address, "MIT")


def test_a_description_hides_no_address() -> None:
    shown = converted(f"[https://portal.azure.com/login]({EVIL}) and [docs](https://me:pw@x.org/)")
    assert f"<{EVIL}|https://portal.azure.com/login (evil.example)> and docs" == shown


def test_a_licence_shows_where_its_text_is() -> None:
    plan = replace(fakes.IMPORT_PLAN, license="mit", license_url=EVIL)
    assert f"licence <{EVIL}|mit (evil.example)>" in fakes.words(body(plan))


def test_a_licence_with_a_name_before_its_host_is_no_link() -> None:
    tricked = "https://huggingface.co@evil.example/x"
    plan = replace(fakes.IMPORT_PLAN, license="mit", license_url=tricked)
    assert "evil" not in fakes.words(body(plan))


def test_an_address_in_an_error_can_be_clicked() -> None:
    _, blocks = error.refused(UserError(made_up("Ask at {page}."), page="https://hf.co/a?b&c"), "r")
    assert "Ask at <https://hf.co/a?b&amp;c>." in fakes.words(blocks)


@pytest.mark.parametrize("sign", ["\u202e", "\u2067", "\u200f", "\u061c", "\u200b"])
def test_no_sign_in_a_label_turns_the_order_of_its_host(sign: str) -> None:
    assert f"<{EVIL}|docs (evil.example)>" == linked(EVIL, f"do{sign}cs")
