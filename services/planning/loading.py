"""Whether Azure's import can load a repository at all: judged before anything is spent."""

from __future__ import annotations

from services.models import Check, Contents, HubModel, Way

FORMAT = "Format"  # the title
CONFIG, MLX = "config.json", "MLX"
TRANSFORMERS, DIFFUSERS = "transformers", "diffusers"
NAMED = 3  # files that are named
FOREIGN = {  # libraries whose models look like transformers', and are not
    "timm": "timm",
    "open_clip": "OpenCLIP",
    "mlx": MLX,
    "nemo": "NVIDIA NeMo",
    "espnet": "ESPnet",
    "speechbrain": "SpeechBrain",
    "fasttext": "fastText",
    "ultralytics": "Ultralytics",
    "flair": "Flair",
    "spacy": "spaCy",
    "keras": "Keras",
    "tf-keras": "Keras",
    "keras-hub": "Keras",
    "coreml": "Core ML",
}
NOT_LOADED = frozenset({"exl2", "exl3"})  # methods that transformers itself knows nothing of

NOT_LISTED = "the Hub does not list its files, so nobody knows whether Azure can load it"
EMPTY = "the repository is empty"
NO_WEIGHTS = "there are no weights in it, only {files}"
ONLY_ADAPTER = "only an adapter (such as LoRA), to be put onto {base}; Azure imports whole models"
ITS_MODEL = "the model that it was made for"
OTHER_FORMAT = (
    "its weights are {formats}, and Azure's import loads only safetensors or PyTorch's .bin, as "
    "transformers and diffusers name them"
)
ONLY_VARIANTS = "its weights are there only as a variant ({files}), which Azure does not ask for"
NOT_DESCRIBED = (
    "it has neither config.json nor model_index.json, without which nobody knows how to load "
    "{formats}"
)
NO_TYPE = "its config.json names no model type, so transformers cannot load it"
OTHER_LIBRARY = "it is made for {library}, and transformers does not load it"
INCOMPLETE = "the upload is not complete: {files} is named, and not there"
NOT_QUANTISED_SO = "it is quantised with {method}, which transformers does not load"
QUANTISED = (
    "quantised with {method}: loading it takes packages of its own, which Azure's import may not "
    "have"
)
UNREAD = "{files} could not be read, so it is not known whether everything is there"
LOADS = "{files}, which {library} loads"
OF_TYPE = "{files} ({kind}), which transformers loads"

IMPORT_BASE = "Import {base}, which it was made from."
IMPORT_ADAPTED = "Import {base}, or a repository that holds the two merged."
ADAPTED_UNKNOWN = "Import the model it was made for, or a repository that holds the two merged."
ANOTHER = (
    "Choose a repository of the same model with config.json and safetensors: "
    "search {name} source:hf."
)
ASK_OWNER = "Tell its owner, or choose another repository: search {name} source:hf."
TRY_BASE = "If it fails, import {base}, which it was made from."
TRY_OTHER = "If it fails, choose the same model without it: search {name} source:hf."


def loading(hub: HubModel) -> Check:
    """Return the line of the checklist on what would be loaded, and by what."""
    found = hub.contents
    if found is None:
        return Check(title=FORMAT, passed=None, text=NOT_LISTED)
    if found.adapter:
        base, advice = found.base or ITS_MODEL, IMPORT_ADAPTED if found.base else ADAPTED_UNKNOWN
        return _refused(hub, ONLY_ADAPTER.format(base=base), advice)
    obstacle = _obstacle(found, own_code=bool(hub.custom_code))
    if obstacle:
        return _refused(hub, obstacle, IMPORT_BASE if found.base else ANOTHER)
    if found.missing:
        return _refused(hub, INCOMPLETE.format(files=_named(found.missing)), ASK_OWNER)
    return _loaded(hub, found)


def _loaded(hub: HubModel, found: Contents) -> Check:
    """Of a repository that is loaded, as far as its names tell."""
    if found.quantised:
        advice = TRY_BASE if found.base else TRY_OTHER
        return _line(hub, None, QUANTISED.format(method=found.quantised), advice)
    files = _named(found.loaded)
    if found.unread:
        return Check(title=FORMAT, passed=None, text=UNREAD.format(files=_named(found.unread)))
    if found.description == CONFIG and found.model_type:
        text = OF_TYPE.format(files=files, kind=found.model_type)
    else:
        library = TRANSFORMERS if found.description == CONFIG else DIFFUSERS
        text = LOADS.format(files=files, library=library)
    return Check(title=FORMAT, passed=True, text=text)


def _obstacle(found: Contents, *, own_code: bool) -> str:
    """Say why neither library can load it; "" where one can, as far as its names tell."""
    library = FOREIGN.get(found.library.casefold(), "")
    if not found.loaded:
        return _without_weights(found, library)
    if not found.description:
        return NOT_DESCRIBED.format(formats=_named(found.loaded))
    if found.description != CONFIG:
        return ONLY_VARIANTS.format(files=_named(found.variants)) if found.variants else ""
    if library and (library == MLX or not found.model_type):
        return OTHER_LIBRARY.format(library=library)
    if found.model_type == "" and not own_code:
        return NO_TYPE
    unloaded = found.quantised in NOT_LOADED
    return NOT_QUANTISED_SO.format(method=found.quantised) if unloaded else ""


def _without_weights(found: Contents, library: str) -> str:
    if found.variants:
        return ONLY_VARIANTS.format(files=_named(found.variants))
    if found.formats:
        return OTHER_FORMAT.format(formats=", ".join(found.formats[:NAMED]))
    if library:
        return OTHER_LIBRARY.format(library=library)
    return NO_WEIGHTS.format(files=_named(found.files)) if found.files else EMPTY


def _refused(hub: HubModel, text: str, advice: str) -> Check:
    return _line(hub, False, text, advice)  # noqa: FBT003 - as Check has it


def _line(hub: HubModel, passed: bool | None, text: str, advice: str) -> Check:  # noqa: FBT001 - as Check has it
    """With the model that it was made from as the way out, where the Hub names one."""
    base = hub.contents.base if hub.contents else ""
    name = hub.id.rpartition("/")[2]
    return Check(
        title=FORMAT,
        passed=passed,
        text=text,
        advice=advice.format(base=base, name=name),
        way=Way.BASE if base and "{base}" in advice else None,
        target=base,
    )


def _named(files: tuple[str, ...]) -> str:
    return ", ".join(files[:NAMED]) + (" …" if len(files) > NAMED else "")
