from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any, cast

import pytest

from bot.sandbox.slack.blocks import check_view
from handlers.blocks import card as card_blocks, compare as compare_blocks, hub as hub_blocks
from handlers.command import Block
from handlers.commands.card import COMMAND
from services.azureml.client import AzureML
from services.catalog import Card, Comparison, HubCard, Missing
from services.classification import Classification, Classifier
from services.errors import (
    ErrorText,
    InvalidInputError,
    NotFoundError,
    Suggestion,
    TemporaryError,
)
from services.models import (
    Deployment,
    Endpoint,
    HubModel,
    Lifecycle,
    Model,
    Provenance,
    Provider,
    Source,
)
from services.prices import load_sizes
from services.store.database import Database
from tests.unit.fakes import CLIP, NOW, Desk, buttons, said, submitted, valid, words

BUNDLED = Source(provider=Provider.SNAPSHOT, name="2026-07-23")
REGISTRY = Source(provider=Provider.REGISTRY, name="azureml")
WORKSPACE = Source(provider=Provider.WORKSPACE)
LIST = Source(provider=Provider.SEARCH)
READY = Classifier(
    endpoint="clip-x7f2",
    deployment="version-12",
    model_name=CLIP,
    model_version="12",
    state="Succeeded",
    created=0,
)
SIZES = load_sizes()
DS3 = SIZES["Standard_DS3_v2"]
A100 = SIZES["Standard_NC24ads_A100_v4"]
MODEL = Model(
    name="tiny",
    version="3",
    registry="azureml",
    asset_id="azureml://registries/azureml/models/tiny/versions/3",
    tasks=("fill-mask",),
    license="mit",
    batch=True,
)
CARD = Card(
    model=MODEL,
    licence="permissive",
    size=DS3,
    region="eastus",
    usd_per_hour=0.293,
    cores_needed=8,
    cores_left=100,
    sample='{"input_data": ["`<x>`"]}',
    over="",
    usable=1,
)
HUB = HubModel(
    id="dslim/bert-base-NER",
    sha="78717faad754aabbccdd",
    task="token-classification",
    license="mit",
    license_url=None,
    gated="",
    access=True,
    size_bytes=433_316_646,
)


def shown(card: Card, now: float = NOW) -> str:
    text, blocks = card_blocks.screen(card, now=now)
    return f"{text}\n{words(valid(blocks))}"


def of(**changes: Any) -> Card:  # noqa: ANN401 - fields by name
    """The card of the model with other facts."""
    return replace(CARD, model=replace(MODEL, **changes))


def table(blocks: list[Block]) -> dict[str, list[str]]:
    """A comparison's rows by their first cell."""
    found = next(block for block in blocks if block["type"] == "table")
    rows = [[cell["text"] for cell in row] for row in found["rows"]]
    return {row[0]: row[1:] for row in rows}


def test_a_card_says_task_licence_size_and_price() -> None:
    told = said(COMMAND.run(Desk().call(CLIP)))

    assert "zero-shot-image-classification" in told
    assert "MIT (permissive)" in told
    assert "1.7 GB" in told
    assert "about $0.10 an hour (estimate)\nabout $70 a month" in told


def test_a_card_says_how_old_its_prices_are_and_where_they_come_from() -> None:
    told = said(COMMAND.run(Desk().call(CLIP)))

    assert "Prices are estimates: Azure's retail prices of 2026-06-18, eastus" in told


def test_a_card_offers_deploy() -> None:
    blocks = valid(COMMAND.run(Desk().call(CLIP)).blocks)

    assert f"azureml/{CLIP}" == buttons(blocks)["Deploy"]["value"]


def test_without_an_endpoint_there_is_no_classify() -> None:
    assert "Classify" not in buttons(COMMAND.run(Desk().call(CLIP)).blocks)


def test_a_ready_endpoint_offers_classify() -> None:
    desk = Desk()
    desk.classification.known = (READY,)

    blocks = COMMAND.run(desk.call(CLIP)).blocks

    assert "clip-x7f2" == buttons(blocks)["Classify"]["value"]


@dataclass
class FakeEndpoints:
    """What is deployed, as Azure's client says it, or the fault that it has."""

    deployed: tuple[Endpoint, ...] = ()
    fault: TemporaryError | None = None

    @property
    def endpoints(self) -> FakeEndpoints:
        return self

    def all(self) -> tuple[Endpoint, ...]:
        if self.fault is not None:
            raise self.fault
        return self.deployed


def running(model: str, state: str = "Succeeded") -> Endpoint:
    endpoint = f"runs-{model}"
    asset = f"azureml://registries/azureml/models/{model}/versions/12"
    blue = Deployment(
        name="blue", endpoint=endpoint, model=asset, size="s", count=1, state=state, traffic=100
    )
    uri = "http://127.0.0.1/score"
    return Endpoint(
        name=endpoint, state=state, scoring_uri=uri, region="eastus", deployments=(blue,)
    )


def classification_of(azure: FakeEndpoints) -> Classification:
    return Classification(cast(Database, None), cast(AzureML, azure), Desk().services.catalog)


@pytest.mark.parametrize(
    ("text", "state", "endpoint"),
    [
        (CLIP, "Succeeded", f"runs-{CLIP}"),
        (f"azureml/{CLIP}", "Succeeded", f"runs-{CLIP}"),
        (CLIP, "Creating", ""),
        ("openai-clip-vit-large-patch14", "Succeeded", ""),
        ("gpt2", "Succeeded", ""),
        ("nobody-knows-it", "Succeeded", ""),
    ],
)
def test_a_classifier_is_a_ready_endpoint_of_that_model(
    text: str, state: str, endpoint: str
) -> None:
    classification = classification_of(FakeEndpoints((running(CLIP, state), running("gpt2"))))

    assert endpoint == classification.look_for(text).result()


def test_a_card_does_without_a_classifier_while_azure_is_silent() -> None:
    fault = TemporaryError(ErrorText(code="Silent", what="Azure cannot be reached."))

    assert not classification_of(FakeEndpoints(fault=fault)).look_for(CLIP).result()


def test_a_click_opens_the_same_card() -> None:
    opened = COMMAND.actions["open"].run(Desk().call(value=f"azureml/{CLIP}"))

    assert COMMAND.run(Desk().call(CLIP)) == opened


def test_a_card_can_be_shared() -> None:
    assert COMMAND.actions["share"].run(Desk().call(value=CLIP)).public


def test_without_a_name_it_asks_which() -> None:
    with pytest.raises(InvalidInputError, match="Which model"):
        COMMAND.run(Desk().call(""))


def test_an_unknown_model_brings_the_nearest() -> None:
    with pytest.raises(NotFoundError) as caught:
        COMMAND.run(Desk().call("openai-clip-vit-base-patch31"))

    assert Suggestion(verb="card", argument=CLIP) in caught.value.suggestions


# --- facts -------------------------------------------------------------------------------------


def test_the_reserve_that_azure_keeps_is_explained() -> None:
    assert "8 cores (2 x 4 cores: Azure keeps a fifth back)\n100 left in eastus: enough" in shown(
        CARD
    )


def test_a_family_that_is_exempt_from_the_reserve_says_so() -> None:
    card = replace(CARD, size=A100, cores_needed=24, cores_left=0)

    assert "24 cores (this family is exempt from Azure's reserve)" in shown(card)
    assert "0 left in eastus: not enough" in shown(card)


def test_a_size_without_a_price_says_so() -> None:
    card = replace(CARD, usd_per_hour=None, region="atlantis")

    assert "no price known for Standard_DS3_v2 in atlantis" in shown(card)


def test_what_nobody_states_reads_unknown() -> None:
    told = shown(of(tasks=(), license=None, publisher=None, batch=None))

    for fact in ("Task", "Publisher", "Size on disk", "Minimum"):
        assert f"*{fact}*\nunknown" in told
    assert "Batch endpoints: unknown" in told


def test_every_date_of_the_end_is_told() -> None:
    dates = Lifecycle(legacy="2025-02-28", deprecated="2025-03-31", retired="2025-06-30")

    told = shown(of(lifecycle=dates, preview=True))

    assert "preview, legacy 2025-02-28, deprecated 2025-03-31, retired 2025-06-30" in told


def test_a_recommendation_of_its_own_stands_beside_the_cheapest() -> None:
    card = replace(CARD, recommended=A100, recommended_usd=3.67)

    assert "*Recommended size*\n`Standard_NC24ads_A100_v4` 24 vCPU, 220 GiB, 1 GPU" in shown(card)


def test_a_model_that_cannot_be_deployed_any_more_offers_no_deploy() -> None:
    _, blocks = card_blocks.screen(replace(CARD, over="archived by its publisher", gone=True))

    assert "Deploy" not in buttons(blocks)
    assert ":warning: Archived by its publisher." in words(blocks)


def test_a_serverless_model_offers_no_deploy() -> None:
    _, blocks = card_blocks.screen(of(managed=False))

    assert "Deploy" not in buttons(blocks)
    assert "serverless API" in words(blocks)


def test_the_community_registry_is_for_online_endpoints_only() -> None:
    told = shown(of(registry="HuggingFace"))

    assert "From the HuggingFace registry: online endpoints only" in told
    assert "Batch endpoints" not in told


def test_details_that_could_not_be_read_are_named_with_the_reason() -> None:
    model = replace(MODEL, detailed=False, batch=None)
    card = replace(CARD, model=model, size=None, cores_needed=None, unread="Azure is down.")

    told = shown(card)

    assert "Sizes, minimum, size on disk and limits are unknown: Azure is down." in told
    assert "*Cheapest size*\nunknown" in told
    assert "Fine-tuning: unknown" in told


@pytest.mark.parametrize(
    ("source", "read", "expected"),
    [
        (Provenance(source=REGISTRY), NOW - 5, "registry azureml, read just now"),
        (Provenance(source=REGISTRY), NOW - 7_200, "registry azureml, read 2 h ago"),
        (Provenance(source=WORKSPACE), NOW - 5, "workspace, read just now"),
        (Provenance(source=LIST), NOW - 2_925, "catalog search service, read 48 min ago"),
        (
            Provenance(source=LIST, details=BUNDLED),
            NOW - 3_600,
            "catalog search service, read 1 h ago, details from the bundled snapshot of 2026-07-23",
        ),
        (Provenance(source=BUNDLED), None, "bundled snapshot of 2026-07-23"),
    ],
)
def test_a_card_says_how_old_its_facts_are(
    source: Provenance, read: float | None, expected: str
) -> None:
    card = of(read=read, provenance=source)

    assert f"Facts from the {expected}\n" in f"{shown(card)}\n"


def test_a_workspaces_model_opens_in_its_workspace() -> None:
    scope = "/subscriptions/s/resourceGroups/g/providers/Microsoft.MachineLearningServices"
    own = of(registry=None, asset_id=f"{scope}/workspaces/w/models/tiny/versions/3")

    _, blocks = card_blocks.screen(own)

    expected = f"https://ml.azure.com/model/tiny:3/details?wsid={scope}/workspaces/w"
    assert expected == buttons(blocks)["Open in studio"]["url"]


def test_hostile_facts_stay_text() -> None:
    hostile = "<!channel> *x* `y`"
    told = shown(
        of(
            name=hostile,
            version=hostile,
            tasks=(hostile,),
            license=hostile,
            publisher=hostile,
            description=hostile,
            languages=(hostile,),
            finetune_tasks=(hostile,),
        )
    )

    marked = [line for line in told.splitlines() if "<!" in line]
    assert {hostile, f"{hostile} version"} >= {line.partition(" version")[0] for line in marked}


# --- the long text -----------------------------------------------------------------------------


def test_without_text_or_azure_there_is_nothing_to_read() -> None:
    assert "Read more" not in buttons(COMMAND.run(Desk().call(CLIP)).blocks)


def test_a_text_that_cannot_be_read_says_why() -> None:
    view = COMMAND.actions["about"].run(Desk().call(value=CLIP)).view

    assert view is not None
    check_view(view, ["modal"])
    assert "The description could not be read: The bot is not connected" in words(view["blocks"])


# --- side by side ------------------------------------------------------------------------------


def test_names_between_spaces_commas_or_lines_are_compared() -> None:
    for text in ("gpt2 gpt2-large", "gpt2, gpt2-large", "gpt2\ngpt2-large", "gpt2 vs gpt2-large"):
        blocks = valid(COMMAND.run(Desk().call(text)).blocks)

        assert ["gpt2", "gpt2-large"] == table(blocks)["Model"]


def test_a_comparison_has_a_row_for_every_fact() -> None:
    rows = table(valid(COMMAND.run(Desk().call("gpt2 Phi-4")).blocks))

    assert ["text-generation", "chat-completion"] == rows["Task"]
    assert ["$0.13 an hour", "$3.67 an hour"] == rows["Price (estimate)"]
    assert ["478 MB", "unknown"] == rows["Size on disk"]
    assert ["yes", "no"] == rows["Batch"]


def test_a_comparison_makes_sense_without_its_table() -> None:
    text = COMMAND.run(Desk().call("gpt2 Phi-4")).text

    assert text.startswith("Comparison of gpt2, Phi-4\n• gpt2 version")


def test_words_that_look_like_no_names_are_not_compared() -> None:
    with pytest.raises(NotFoundError, match=r"stable diffusion.*in their name"):
        COMMAND.run(Desk().call("stable diffusion"))


def test_words_that_only_one_name_has_open_its_card() -> None:
    assert "gpt2-large version" in COMMAND.run(Desk().call("gpt2 large")).text


def test_a_model_that_two_names_mean_is_shown_once() -> None:
    reply = COMMAND.run(Desk().call(f"{CLIP} azureml/{CLIP}"))

    assert reply.text.startswith(f"{CLIP} version")


@pytest.mark.parametrize("text", ["gpt2, gpt2", "gpt2 " * 50, "gpt2 vs gpt2"])
def test_one_name_said_often_is_one_name(text: str) -> None:
    assert COMMAND.run(Desk().call(text)).text.startswith("gpt2 version")


def test_letters_are_no_words_of_a_name() -> None:
    with pytest.raises(NotFoundError, match="There is no model"):
        COMMAND.run(Desk().call("a a a a"))


def test_five_are_too_many() -> None:
    with pytest.raises(InvalidInputError, match="4 models at a time"):
        COMMAND.run(Desk().call("gpt2 gpt2-large gpt2-medium distilgpt2 t5-base"))


def test_an_unknown_name_leaves_the_others_and_offers_the_nearest() -> None:
    blocks = valid(COMMAND.run(Desk().call("gpt2 gpt2-larg")).blocks)

    assert "There is no model “gpt2-larg”. Nearest: `gpt2-large`, `gpt2`, `t5-large`." in words(
        blocks
    )
    assert "card azureml/gpt2 gpt2-large" == buttons(blocks)["Compare with the nearest"]["value"]


def test_only_unknown_names_are_an_error_with_the_nearest_together() -> None:
    with pytest.raises(NotFoundError) as caught:
        COMMAND.run(Desk().call("gpt2-larg bert-bse-cased"))

    together = Suggestion(verb="card", argument="gpt2-large bert-base-cased")
    assert together == caught.value.suggestions[0]


def test_the_form_has_the_nearest_of_the_same_task() -> None:
    view = COMMAND.actions["compare"].run(Desk().call(value="azureml/gpt2")).view

    assert view is not None
    check_view(view, ["modal"])
    asked = next(block for block in view["blocks"] if block.get("block_id") == "others")
    nearest = asked["element"]["initial_value"].splitlines()
    assert {"gpt2-large", "gpt2-medium", "distilgpt2"} == set(nearest)


def test_the_form_compares() -> None:
    call = Desk().call(value="azureml/gpt2", values={"others": "gpt2-large\nPhi-4"})

    blocks = valid(submitted(COMMAND, call).blocks)

    assert ["gpt2", "gpt2-large", "Phi-4"] == table(blocks)["Model"]


def test_too_many_in_the_form_are_said_beside_the_field() -> None:
    call = Desk().call(value="azureml/gpt2", values={"others": "a-1 b-2 c-3 d-4"})

    with pytest.raises(InvalidInputError) as caught:
        submitted(COMMAND, call)

    assert "others" == caught.value.field


def test_a_comparison_can_be_shared() -> None:
    shared = COMMAND.actions["together"].run(Desk().call(value="azureml/gpt2\nazureml/Phi-4"))

    assert shared.public
    assert ["gpt2", "Phi-4"] == table(valid(shared.blocks))["Model"]


def test_many_long_facts_still_fit_into_one_message() -> None:
    card = of(name="n" * 254, tasks=("t" * 900,), license="l" * 900, finetune_tasks=("f" * 900,))
    missing = Missing(name="m" * 60, what="w" * 200, nearest=("n" * 254,))

    text, blocks = compare_blocks.screen(Comparison(cards=(card,) * 3, missing=(missing,)))

    assert text
    valid(blocks)


# --- the Hub -----------------------------------------------------------------------------------


def test_a_model_of_the_hub_can_be_imported() -> None:
    page = "https://huggingface.co/dslim/bert-base-NER"
    card = HubCard(model=HUB, licence="permissive", page=page)

    text, blocks = hub_blocks.screen(card)

    assert "dslim/bert-base-NER on the Hugging Face Hub" in text
    assert HUB.id == buttons(valid(blocks))["Import"]["value"]
    assert "413 MB" in words(blocks)


def test_what_stands_in_the_way_of_an_import_is_told() -> None:
    model = replace(HUB, gated="manual", access=False, custom_code=("modeling_x.py",))

    _, blocks = hub_blocks.screen(
        HubCard(model=model, licence="permissive", page="https://x.example")
    )

    assert "yes, its owner decides; my token is not accepted" in words(blocks)
    assert "`modeling_x.py`" in words(blocks)
