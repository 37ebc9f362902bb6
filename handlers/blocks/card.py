"""A model on one screen: what it does, what it may be used for, what running it would take."""

from __future__ import annotations

import re
from urllib.parse import quote

from handlers.blocks import markdown
from handlers.blocks.elements import (
    actions,
    button,
    clip,
    code,
    context,
    escape,
    fields,
    header,
    link,
    section,
)
from handlers.blocks.facts import (
    UNKNOWN,
    left,
    licence,
    lifecycle,
    needs,
    power,
    price_in_words,
    priced,
    provenance,
)
from handlers.blocks.search import NO_LICENCE, reference
from handlers.blocks.words import capitalised, count, monthly, size
from handlers.command import Block
from services.catalog import Card
from services.models import MinimumSize, Model, VmSize

OVER = ":warning: {over}."
UNREAD = ":warning: Sizes, minimum, size on disk and limits are unknown: {why}"
NOT_DEPLOYABLE = "No size that Azure offers for endpoints today can run it."
RECOMMENDED_ALL = "None singled out among the {count} that can run it"
ASSUMED = (
    "Nobody states what it needs. I assume 4 vCPU, and memory for three times its weights, at "
    "least 14 GiB."
)
CLASSIFIES = "An endpoint that can classify pictures is ready: {endpoint}."
BATCH = {
    True: "Batch endpoints: yes",
    False: "Batch endpoints: no, Azure excludes it",
    None: "Batch endpoints: unknown",
}
FINETUNE = "Can be fine-tuned for {tasks}"
NO_FINETUNE, FINETUNE_UNKNOWN = "Fine-tuning: none stated", "Fine-tuning: unknown"
SHARED = "May start on Azure's shared quota: temporary, from studio"
PREVIEW = "A preview: no service level, it may change"
SERVERLESS = "Azure offers it as a serverless API, not on machines of your own"
COMMUNITY = (
    "From the HuggingFace registry: online endpoints only. The weights come from the Hub when it "
    "is deployed, so a gated model or one with code of its own fails"
)
TIMEOUT = "A request may take 90 seconds on an endpoint of mine; 180 is the most Azure allows"
LANGUAGES, MOST_LANGUAGES = "Languages: {languages}", 8
SAMPLE = "*Sample input*"
MOST_SAMPLE = 1_200
MOST_TEASER = 280
STUDIO = "https://ml.azure.com/registries/{registry}/models/{name}/version/{version}"
STUDIO_OWN = "https://ml.azure.com/model/{name}:{version}/details?wsid={workspace}"
COMMUNITY_REGISTRY = "huggingface"
_OWN_ASSET = re.compile(
    r"(?:azureml:/*)?(/subscriptions/.+/workspaces/[^/]+)/models/.+", re.IGNORECASE
)


def screen(
    card: Card, *, now: float = 0.0, classifier: str | None = None
) -> tuple[str, list[Block]]:
    """Text and blocks of a card.

    Args:
        card: the model with sizes, prices and quota.
        now: seconds since the epoch, to say how old the facts are.
        classifier: a ready endpoint of a zero-shot image classification model, if there is one.
    """
    model = card.model
    blocks: list[Block] = [header(model.name)]
    if card.over:
        blocks.append(section(OVER.format(over=escape(capitalised(card.over)))))
    if card.unread:
        blocks.append(section(UNREAD.format(why=escape(card.unread))))
    if teaser := markdown.teaser(model.summary or model.description, MOST_TEASER):
        blocks.append(section(teaser))
    blocks.append(fields(_facts(card)))
    blocks.append(context(" · ".join(_limits(card))))
    if card.sample:
        blocks.append(section(f"{SAMPLE}\n{_sample(card.sample)}"))
    blocks.append(actions(_buttons(card, classifier)))
    if classifier:
        blocks.append(context(CLASSIFIES.format(endpoint=code(classifier))))
    if notes := _notes(card, now):
        blocks.append(context(*notes))
    return text_of(card), blocks


def text_of(card: Card) -> str:
    """The card in one sentence, for phones and screen readers."""
    model = card.model
    tasks = ", ".join(model.tasks) or "task not stated"
    if card.size:
        runs = (
            f"runs on {card.size.name}, {price_in_words(card.size, card.usd_per_hour, card.region)}"
        )
    else:
        runs = f"sizes {UNKNOWN}" if card.unread else NOT_DEPLOYABLE
    known = licence(card) if model.license else NO_LICENCE
    over = f"; {card.over}" if card.over else ""
    return f"{model.name} version {model.version}: {tasks}; licence {known}; {runs}{over}"


def _facts(card: Card) -> list[str]:
    model = card.model
    dates = lifecycle(model.lifecycle, preview=model.preview)
    facts = {
        "Task": escape(", ".join(model.tasks) or UNKNOWN),
        "Licence": escape(licence(card)),
        "Publisher": escape(_publisher(model)),
        "Version": f"{escape(model.version)} in {escape(_place(model))}",
        "Size on disk": size(model.size_bytes) if model.size_bytes else UNKNOWN,
        "Lifecycle": escape(dates),
        "Cheapest size": _sized(card, card.size, card.usd_per_hour),
        "Recommended size": _recommended(card),
        "Minimum": escape(_minimum(model.minimum)),
        "Quota for one instance": escape("\n".join(filter(None, (needs(card), left(card))))),
    }
    return [f"*{name}*\n{shown}" for name, shown in facts.items()]


def _publisher(model: Model) -> str:
    owner, slash, _ = (model.hub_id or "").partition("/")
    if model.publisher:
        return model.publisher
    return f"{owner} (its owner on the Hub)" if slash else UNKNOWN


def _place(model: Model) -> str:
    return f"registry {model.registry}" if model.registry else "this workspace"


def _sized(card: Card, vm: VmSize | None, usd: float | None) -> str:
    if vm is None:
        return UNKNOWN if card.unread else NOT_DEPLOYABLE
    month = "" if usd is None else f"\n{monthly(usd)}"
    assumed = f"\n{ASSUMED}" if card.assumed else ""
    shown = escape(price_in_words(vm, usd, card.region))
    return f"{code(vm.name)} {power(vm)}\n{shown}{month}{assumed}"


def _recommended(card: Card) -> str:
    if card.recommended is not None:
        return _sized(card, card.recommended, card.recommended_usd)
    if card.unread or not card.usable or card.assumed:
        return UNKNOWN
    return RECOMMENDED_ALL.format(count=count(card.usable, "size"))


def _minimum(least: MinimumSize | None) -> str:
    if least is None:
        return UNKNOWN
    gpus = count(least.gpus, "GPU") if least.gpus else "no GPU"
    return f"{least.vcpus} vCPU, {least.memory_gib} GiB memory, {least.disk_gib} GiB disk, {gpus}"


def _limits(card: Card) -> list[str]:
    model = card.model
    community = (model.registry or "").lower() == COMMUNITY_REGISTRY
    known = [
        COMMUNITY if community else BATCH[model.batch],
        "" if community and not model.finetune_tasks else _finetuned(card),
        SERVERLESS if model.managed is False else TIMEOUT,
        SHARED if model.shared_quota else "",
        PREVIEW if model.preview else "",
        _languages(model),
    ]
    return [escape(text) for text in known if text]


def _finetuned(card: Card) -> str:
    if card.model.finetune_tasks:
        return FINETUNE.format(tasks=", ".join(card.model.finetune_tasks))
    return FINETUNE_UNKNOWN if card.unread else NO_FINETUNE


def _languages(model: Model) -> str:
    shown = ", ".join(model.languages[:MOST_LANGUAGES])
    more = len(model.languages) - MOST_LANGUAGES
    rest = f" and {more} more" if more > 0 else ""
    return LANGUAGES.format(languages=f"{shown}{rest}") if shown else ""


def _sample(body: str) -> str:
    return f"```{escape(clip(body.replace('```', chr(39) * 3), MOST_SAMPLE))}```"


def _notes(card: Card, now: float) -> list[str]:
    notes = [provenance(card.model, now), priced(card.region) if card.size else "", card.note]
    return [escape(note) for note in notes if note]


def _buttons(card: Card, classifier: str | None) -> list[Block]:
    model, named = card.model, reference(card.model)
    buttons = []
    if card.size is not None and not card.gone and model.managed is not False:
        says = f"Deploy {model.name}"
        buttons.append(button("Deploy", "aml.deploy.model", named, style="primary", says=says))
        buttons.append(button("Choose size and name", "aml.deploy.form", named))
    if classifier:
        buttons.append(button("Classify", "aml.classify.form", classifier))
    buttons.append(button("Compare", "aml.card.compare", named, says=f"Compare {model.name}"))
    if card.described:
        says = f"Read more about {model.name}"
        buttons.append(button("Read more", "aml.card.about", named, says=says))
    if studio := _studio(model):
        buttons.append(link("Open in studio", "aml.card.studio", studio))
    buttons.append(button("Share", "aml.card.share", named, says="Share with the channel"))
    return buttons


def _studio(model: Model) -> str:
    """The model's page in Azure Machine Learning studio; "" where it cannot be told."""
    name, version = quote(model.name, safe=""), quote(model.version, safe="")
    if model.registry:
        registry = quote(model.registry, safe="")
        return STUDIO.format(registry=registry, name=name, version=version)
    own = _OWN_ASSET.fullmatch(model.asset_id)
    if own is None:
        return ""
    return STUDIO_OWN.format(name=name, version=version, workspace=quote(own[1], safe="/"))
