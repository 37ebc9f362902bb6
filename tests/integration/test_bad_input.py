"""What people type by mistake or in malice: a clear sentence, what to do next, nothing lost."""

from __future__ import annotations

import re
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from bot.sandbox import PHOTOS, Sandbox
from tests.conversation import Message, Person

CLIP = "openai-clip-vit-base-patch32"
BERT = "bert-base-uncased"
HUB_TOKEN = "hf_" + "Ab3" * 12
SLACK_TOKEN = "xoxb-" + "123456789012-abcdefghijkl"
AMISS = ("Something went wrong", "Traceback", "passing fault")
SURFACES = ("command", "mention", "direct")

# What is typed after /aml or a mention, what the answer must say, and a button that leads on.
MISTAKES = (
    ("serch clip", "I do not know “serch”", "search clip"),
    ("xyzzy", "I do not know “xyzzy”", "search xyzzy"),
    ("...", "What would you like to do?", "Search"),
    ("？？？", "What would you like to do?", "Search"),  # noqa: RUF001 - full-width on purpose
    ("help nothing", "There is no command “nothing”", "help"),
    ("card nosuchmodel-xyz", "There is no model “nosuchmodel-xyz”. Try `search`", ""),
    (f"card opn{CLIP}", "Did you mean one of these?", CLIP),
    (f"card {CLIP}:999", "has no version 999 in azureml", "Open card"),
    (f"deploy {CLIP}:999", "has no version 999 in azureml", "Deploy"),
    ("card %s %d {0}", "There is no model “%s %d {0}”", ""),
    ("card azureml/{0}", "There is no model “azureml/{0}”", ""),
    ("card azureml://registries/azureml/models/{0}/versions/{1}", "There is no model", ""),
    ("card azureml/", "There is no model “azureml/”. Try `search`", ""),
    ("card /", "There is no model “/”. Try `search`", ""),
    ("import huggingface.co/gpt2", "renamed from gpt2", "Cancel"),
    ("deploy clipp-vit", "Did you mean one of these?", f"deploy {CLIP}"),
    ("status dep-zzzz", "There is no operation “dep-zzzz”", "Status"),
    ("cancel dep-zzzz", "There is no operation “dep-zzzz”", "Status"),
    ("import example-lab/speech-model", "Azure's import does not know", "Choose a task …"),
    ("import google bert", "only letters, digits", "search google bert"),
    ("import a/b/c", "at most one slash", ""),
    ("import x; rm -rf /", "only letters, digits", ""),
    ("import ../../etc/passwd", "at most one slash", ""),
    ("import https://huggingface.co/datasets/squad", "a link to datasets", ""),
    ("import nobody/nothing-here", "misspelt, private or was removed", ""),
    ("import runwayml/stable-diffusion-v1-5", "misspelt, private or was removed", ""),
    ("import example-lab/private-model", "misspelt, private or was removed", ""),
    ("import meta-llama/Llama-3.2-1B", "set HF_TOKEN", "search Llama-3.2-1B"),
    ("import microsoft/Florence-2-base", "Off by default", "Allow its code …"),
    ("import dslim/bert-base-NER task:cooking", "is not a task that Azure can import", ""),
    ("import gpt2", "renamed from gpt2", "Cancel"),
    (f"deploy {CLIP} endpoint:1bad_name!", "Azure wants 3-32 letters", "Deploy"),
    (f"deploy {CLIP} endpoint:x", "it has 1 character, fewer than 3", "Deploy"),
    (f"deploy {CLIP} endpoint:{'x' * 40}", "40 characters, more than 32", "Deploy"),
    (f"deploy {CLIP} on:ds3", "Nearest: Standard_DS3_v2", f"deploy {CLIP} on:Standard_DS3_v2"),
    (f"deploy {CLIP} on:banana", "I choose the cheapest that fits", "Deploy"),
    (f"deploy {CLIP} on:", "`on:` needs a value", ""),
    (f"deploy {CLIP} count:0", "Ask for 1 to 50", ""),
    (f"deploy {CLIP} count:999", "Ask for 1 to 50", ""),
    (f"deploy {CLIP} count:-1", "Write a whole number", ""),
    (f"deploy {CLIP} count:²", "Write a whole number", ""),
    (f"deploy {CLIP} count:{'9' * 2000}", "Write a whole number", ""),
    ("deploy Llama-2-7b", "was retired on 2025-06-30", "search llama"),
    ("deploy Phi-3-mini-4k-instruct", "is archived", "search phi"),
    ("search task:cooking", "Nothing has the task “cooking”", ""),
    ("search zzzzqqqq", "No model matches “zzzzqqqq”", "Import from the Hub"),
    ("classify cat", "Add at least one other label", ""),
    ("classify cat, Cat, CAT", "Add at least one other label", ""),
    ("classify ,;，", "Write at least two labels", ""),  # noqa: RUF001 - full-width on purpose
    ('classify cat, "a dog, a cat"', "Write that label without the comma", ""),
    (f"classify cat, {'ä' * 40}", "is too long: 80 bytes", ""),
    (f"classify {', '.join(f'l{n}' for n in range(101))}", "Send at most 100", ""),
    (f"card {'x' * 3000}", "There is no model “xxx", ""),
    ("y" * 3000, "I do not know “yyy", "help"),
    (f"search {'qqzz ' * 500}", "No model matches “qqzz", "Search"),
)


# Every mistake where most people type; a few of them wherever else one can speak to the bot.
SAID = [
    pytest.param(surface, *mistake, id=f"{place}-{surface}")
    for place, mistake in enumerate(MISTAKES)
    for surface in SURFACES
    if surface == "command" or place % 8 == 0
]


@pytest.fixture(scope="module", autouse=True)
def first_state(fresh_sandbox: Sandbox) -> Sandbox:
    """No test here deploys a classifier, or is the first to need Azure's SDK."""
    slack = fresh_sandbox.slack
    Person(fresh_sandbox.control_url, slack.operator, slack.main_channel).types("/aml list")
    return fresh_sandbox


@pytest.fixture(autouse=True)
def no_forms_left(ada: Person, ben: Person) -> Iterator[None]:
    """Close what a test opened."""
    yield
    for person in (ada, ben):
        for view in person.views():
            person.post("close", {"user": person.user, "view_id": view["id"]})


def ask(person: Person, surface: str, text: str, words: str) -> Message:
    """Say it there, and wait for a new message with these words."""
    if surface == "mention":
        bot = person.get("state")["bot_user_id"]
        asked = person.says(f"<@{bot}> {text}")
        return person.waits(lambda m: m.ts != asked and words in m.words, thread=asked)
    before = {message.ts for message in person.reads()}
    if surface == "direct":
        before.add(person.says(text))
    else:
        person.sends_command(f"/aml {text}")
    return person.waits(lambda m: m.ts not in before and words in m.words)


def where(person: Person, surface: str) -> Person:
    return person.direct() if surface == "direct" else person


def operations(person: Person, target: str) -> list[Message]:
    """The messages of deployments of that endpoint."""
    return [m for m in person.reads() if re.search(r"\bdep-\w{4}\b", m.text) and target in m.words]


def writes(sandbox: Sandbox) -> int:
    """Requests so far that would have changed something at Azure."""
    changing = {"PUT", "PATCH", "DELETE"}
    return sum(call["method"] in changing for call in sandbox.calls.listed("azure"))


@pytest.mark.parametrize(("surface", "text", "words", "button"), SAID)
def test_a_mistake_gets_a_sentence_and_a_way_on(  # noqa: PLR0913, PLR0917 - a table
    sandbox: Sandbox, ada: Person, surface: str, text: str, words: str, button: str
) -> None:
    before = writes(sandbox)
    answer = ask(where(ada, surface), surface, text, words)

    assert not [one for one in AMISS if one in answer.words]
    assert not button or button in answer.buttons()
    assert len(answer.text) < 1_000, "nobody's wall of text comes back"
    assert before == writes(sandbox)


@pytest.mark.parametrize("verb", ["card", "deploy", "import", "search", "classify"])
def test_a_command_without_its_argument_opens_the_form(ada: Person, verb: str) -> None:
    ada.sends_command(f"/aml {verb}")

    module = {"import": "import_model"}.get(verb, verb)
    assert f"aml.{module}" == ada.waits_for_view()["callback_id"]


@pytest.mark.parametrize("surface", ["mention", "direct"])
@pytest.mark.parametrize(
    ("verb", "example"),
    [
        ("card", f"`/aml card {CLIP}`"),
        ("deploy", f"`/aml deploy {CLIP}`"),
        ("import", "`/aml import google-bert/bert-base-uncased`"),
        ("classify", "Which picture?"),
    ],
)
def test_where_no_form_can_open_an_example_is_shown(
    ada: Person, surface: str, verb: str, example: str
) -> None:
    answer = ask(where(ada, surface), surface, verb, example)

    assert answer.buttons()


@pytest.mark.parametrize(
    ("verb", "values", "block", "words"),
    [
        ("deploy", {"model": f"opn{CLIP}"}, "model", CLIP),
        ("deploy", {"model": CLIP, "endpoint": "1bad"}, "endpoint", "begin with a letter"),
        ("deploy", {"model": HUB_TOKEN}, "model", "access token"),
        ("import", {"id": "google bert"}, "id", "owner/name"),
        ("import", {"id": "runwayml/stable-diffusion-v1-5"}, "id", "misspelt, private"),
        ("card", {"model": "clipp-vit"}, "model", CLIP),
        ("search", {"task": "cooking"}, "task", "question-answering"),
    ],
)
def test_a_form_says_beside_the_field_what_is_wrong(
    ada: Person, verb: str, values: dict[str, str], block: str, words: str
) -> None:
    ada.sends_command(f"/aml {verb}")
    view = ada.waits_for_view()

    filled = {name: {"value": text} for name, text in values.items()}
    answer = ada.submits(view, filled)

    assert words in answer["errors"][block]
    assert HUB_TOKEN not in str(answer)


def test_clicking_the_nearest_command_runs_it(ada: Person) -> None:
    answer = ask(ada, "command", "serch clip", "search clip")
    before = {message.ts for message in ada.reads()}

    ada.clicks(answer, "search clip")

    found = ada.waits(lambda m: m.ts not in before and CLIP in m.words)
    assert "Open card" in found.buttons()


def test_clicking_the_nearest_model_opens_its_card(ada: Person) -> None:
    answer = ask(ada, "command", f"card opn{CLIP}", "Did you mean")
    before = {message.ts for message in ada.reads()}

    ada.clicks(answer, CLIP)

    ada.waits(lambda m: m.ts not in before and "zero-shot-image-classification" in m.words)


def test_clicking_the_endpoint_name_that_would_do_shows_the_plan(ada: Person) -> None:
    answer = ask(ada, "command", f"deploy {CLIP} endpoint:My_Clip", "Azure wants 3-32 letters")
    before = {message.ts for message in ada.reads()}

    ada.clicks(answer, "Deploy")

    plan = ada.waits(lambda m: m.ts not in before and "Run" in m.buttons())
    assert "my-clip" in plan.words


@pytest.mark.parametrize("surface", SURFACES)
@pytest.mark.parametrize(
    "text",
    [
        f"card {HUB_TOKEN}",
        SLACK_TOKEN,
        f"import foo/bar {HUB_TOKEN}",
        f"import foo/{HUB_TOKEN}",
        f"classify cat, {HUB_TOKEN}",
    ],
)
def test_a_token_is_neither_used_nor_said_again(
    sandbox: Sandbox, ada: Person, surface: str, text: str
) -> None:
    person = where(ada, surface)
    calls = len(sandbox.calls.listed("hub")), len(sandbox.calls.listed("azure"))

    answer = ask(person, surface, text, "looks like an access token")

    assert "make a new token" in answer.words
    assert not [one for one in (HUB_TOKEN, SLACK_TOKEN) if one in str(answer.raw)]
    assert calls == (len(sandbox.calls.listed("hub")), len(sandbox.calls.listed("azure")))
    files = Path(sandbox.env["AML_BOT_DATA_DIR"]).glob("*.sqlite*")
    kept = b"".join(file.read_bytes() for file in files)
    assert not [one for one in (HUB_TOKEN, SLACK_TOKEN) if one.encode() in kept]
    assert surface == "command" or b"hf_hiddenhidden" in kept  # what was said is kept, masked


@pytest.mark.parametrize("surface", SURFACES)
@pytest.mark.parametrize(
    "name", ["&lt;!channel&gt;", "&lt;&lt;!here&gt;&gt;", "&lt;@U0BEN&gt;", "<!channel>", "<!here>"]
)
def test_nobody_is_notified_by_what_is_quoted_back(ada: Person, surface: str, name: str) -> None:
    answer = ask(where(ada, surface), surface, f"card {name}", "There is no model")

    assert not re.findall(r"<[@!#][^>]*>", answer.words)


@pytest.mark.parametrize(
    "text",
    [
        f"“card” ‘{CLIP}’",  # noqa: RUF001 - as phones write
        f"card <https://example.com/x|{CLIP}>",
        "card openai–clip—vit‑base‐patch32",  # noqa: RUF001 - dashes of word processors
        "card　ｏｐｅｎａｉ－ｃｌｉｐ－ｖｉｔ－ｂａｓｅ－ｐａｔｃｈ３２",  # noqa: RUF001 - full-width
        f"CARD `{CLIP.upper()}`",
        f"card azureml/{CLIP}:12",
    ],
)
def test_odd_characters_are_read_as_they_were_meant(ada: Person, text: str) -> None:
    ask(ada, "command", text, "zero-shot-image-classification")


def test_an_ampersand_arrives_as_one(ada: Person) -> None:
    answer = ask(ada, "command", "card a&amp;b", "There is no model")

    assert "“a&amp;b”" in answer.text  # as Slack wants it written


def test_labels_without_a_picture_are_taken_for_labels(ada: Person) -> None:
    ask(ada, "mention", "cat, dog", "Which picture?")


def test_without_a_classifier_one_is_offered_and_the_button_gives_the_plan(
    sandbox: Sandbox, ada: Person
) -> None:
    bot = ada.get("state")["bot_user_id"]
    asked = ada.says(f"<@{bot}> cat, dog", [("cat.jpg", (PHOTOS / "cat.jpg").read_bytes())])
    answer = ada.waits_for("No model that classifies pictures", thread=asked)

    block, deploy = answer.button("Deploy")
    ada.acts(answer, deploy["action_id"], block, value=deploy["value"])

    plan = ada.waits(lambda m: "Run" in m.buttons() and CLIP in m.words, thread=asked)
    assert "an hour (estimate)" in plan.words


def test_two_clicks_on_run_at_once_start_one_operation(sandbox: Sandbox, ada: Person) -> None:
    plan = ask(ada, "command", f"deploy {BERT} endpoint:double-click", "double-click")
    block, run = plan.button("Run")

    with ThreadPoolExecutor(2) as pool:
        clicks = [pool.submit(ada.acts, plan, run["action_id"], block, value=run["value"])]
        clicks += [pool.submit(ada.acts, plan, run["action_id"], block, value=run["value"])]
        answers = [click.result() for click in clicks]

    assert not [answer for answer in answers if "error" in answer]
    ada.waits(lambda m: m.text.startswith("Ready") and "double-click" in m.words)
    assert 1 == len(operations(ada, "double-click"))
    puts = [c["path"] for c in sandbox.calls.listed("azure") if c["method"] == "PUT"]
    assert 1 == sum("onlineEndpoints/double-click/deployments/" in path for path in puts)


def test_the_same_deploy_twice_is_one_operation_and_both_are_told(
    sandbox: Sandbox, ada: Person
) -> None:
    first = ask(ada, "command", f"deploy {BERT} endpoint:same-twice", "same-twice")
    second = ask(ada, "command", f"deploy {BERT} endpoint:same-twice", "same-twice")
    assert first.ts != second.ts

    ada.clicks(first, "Run")
    ada.waits(lambda m: bool(re.match(r"Started as dep-", m.text)))
    ada.clicks(second, "Run")

    told = ada.waits(lambda m: m.ts == second.ts and "dep-" in m.text)
    assert "already" in told.text
    ada.waits(lambda m: m.text.startswith("Ready") and "same-twice" in m.words)
    assert 1 == len(operations(ada, "same-twice"))


def test_somebody_without_rights_can_ask_an_operator(ada: Person, ben: Person) -> None:
    plan = ask(ben, "command", f"deploy {BERT} endpoint:ben-asks", "Ask an operator")
    assert "Run" not in plan.buttons()

    ben.clicks(plan, "Ask an operator")

    ben.waits(lambda m: m.ts == plan.ts and "Asked in" in m.text)
    request = ada.waits(lambda m: "asks an operator" in m.words and "ben-asks" in m.words)
    assert f"<@{ben.user}>" in request.text
    ada.clicks(request, "Run")
    done = ada.waits(lambda m: m.text.startswith("Ready") and "ben-asks" in m.words)
    assert f"<@{ben.user}>" in done.words


def test_where_the_bot_is_no_member_an_operator_is_asked_in_its_own_channel(
    sandbox: Sandbox, ada: Person, ben: Person
) -> None:
    channels = ada.get("state")["channels"]
    outside = next(c["id"] for c in channels if c["kind"] == "channel" and not c["bot_is_member"])
    there = ben.there(outside)
    plan = ask(there, "command", f"deploy {BERT} endpoint:from-outside", "Ask an operator")

    there.clicks(plan, "Ask an operator")

    there.waits(lambda m: f"Asked in <#{sandbox.slack.main_channel}>" in m.words)
    request = ada.waits(lambda m: "asks an operator" in m.words and "from-outside" in m.words)
    assert "Run" in request.buttons()


def test_an_operator_is_asked_once_however_often_it_is_clicked(ada: Person, ben: Person) -> None:
    plan = ask(ben, "command", f"deploy {BERT} endpoint:ask-twice", "Ask an operator")
    block, button = plan.button("Ask an operator")

    with ThreadPoolExecutor(2) as pool:  # the slower one may find the button gone
        for _ in range(2):
            pool.submit(ben.acts, plan, button["action_id"], block, value=button["value"])

    ben.waits(lambda m: m.ts == plan.ts and "Ask an operator" not in m.buttons())
    ada.waits(lambda m: "asks an operator" in m.words and "ask-twice" in m.words)
    requests = [m for m in ada.reads() if "asks an operator" in m.words and "ask-twice" in m.words]
    assert 1 == len(requests)


def test_a_repository_that_became_gated_says_how_to_get_in(ada: Person) -> None:
    ada.post("fault", {"target": "hub", "kind": "gated", "match": "bart-large-cnn"})

    ask(ada, "command", "import facebook/bart-large-cnn", "HF_TOKEN")


def test_somebody_without_rights_cannot_run_or_cancel(
    sandbox: Sandbox, ada: Person, ben: Person
) -> None:
    plan = ask(ben, "command", f"deploy {BERT} endpoint:not-yours", "Ask an operator")
    ben.clicks(plan, "Ask an operator")
    request = ada.waits(lambda m: "asks an operator" in m.words and "not-yours" in m.words)
    before = writes(sandbox)

    ben.clicks(request, "Run")
    refused = ben.waits(lambda m: "Only operators may run this" in m.words and m.ts > request.ts)

    assert f"<@{ada.user}>" in refused.words
    assert before == writes(sandbox)
    ada.clicks(request, "Cancel")
    ada.waits(lambda m: m.ts == request.ts and "Run" not in m.buttons())


def test_work_of_others_can_only_be_cancelled_by_an_operator(ada: Person, ben: Person) -> None:
    ada.clicks(ask(ada, "command", f"deploy {BERT} endpoint:adas-own", "adas-own"), "Run")
    running = ada.waits(lambda m: "Cancel" in m.buttons() and bool(operations_of(m, "adas-own")))
    name = operations_of(running, "adas-own")[0]

    refused = ask(ben, "command", f"cancel {name}", "is somebody else's")

    assert f"<@{ada.user}>" in refused.words
    ada.clicks(running, "Cancel")
    ada.waits(lambda m: m.ts == running.ts and "Cancelled" in m.text)


def operations_of(message: Message, target: str) -> list[str]:
    return re.findall(r"\bdep-\w{4}\b", message.text) if target in message.words else []
