"""Rules of importing from the Hugging Face Hub: ids, names, tasks, and the machine for it."""

from __future__ import annotations

import re
from collections.abc import Mapping

from rapidfuzz import fuzz, process

from services.errors import ErrorText, InvalidInputError, Suggestion, quoted
from services.models import HubModel, TaskLists, VmSize

HANDBOOK_TASKS = (
    "fill-mask",
    "token-classification",
    "question-answering",
    "summarization",
    "text-generation",
    "text-classification",
    "translation",
    "image-classification",
    "text-to-image",
)
# What Azure's component itself accepts as `task_name`, in its version 0.0.42.
IMPORT_TASKS = (
    *HANDBOOK_TASKS,
    "chat-completion",
    "text2text-generation",
    "image-classification-multilabel",
    "image-object-detection",
    "image-instance-segmentation",
    "image-to-text",
    "text-to-image-inpainting",
    "image-text-to-text",
    "image-to-image",
    "zero-shot-image-classification",
    "mask-generation",
    "video-multi-object-tracking",
    "visual-question-answering",
    "image-feature-extraction",
)
# What the pipeline's first step accepts, in its version 0.0.15.
FIRST_STEP_TASKS = (*HANDBOOK_TASKS, "chat-completion", "image-feature-extraction")
KNOWN_TASKS = TaskLists(pipeline=IMPORT_TASKS, first_step=FIRST_STEP_TASKS, version="0.0.42")
HUB_NAMES = {  # the Hub's and the catalog's words for what the component calls otherwise
    "object-detection": "image-object-detection",
    "image-segmentation": "image-instance-segmentation",
    "text-summarization": "summarization",
    "text-translation": "translation",
    "multi-object-tracking": "video-multi-object-tracking",
}
QUERY, WORDS, ODD = re.compile(r"[?#]"), re.compile(r"[\w.-]++"), re.compile(r"[^a-zA-Z0-9-]")
HUB_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,95}(/[A-Za-z0-9][A-Za-z0-9._-]{0,95})?")
HUB_URL = re.compile(r"(?:https?://)?(?:www\.)?(?:huggingface\.co|hf\.co)/(.*)", re.IGNORECASE)
# A processor size every subscription has quota for; conversion needs disk and memory, no GPU.
IMPORT_SIZE = "Standard_DS12_v2"
BUFFER = 2**30  # bytes that Azure's download step wants free besides the model
NEAREST = 3  # tasks that are suggested

NO_HUB_ID = ErrorText(
    code="NotAHubId",
    what="{text} is not a model on the Hugging Face Hub: {reason}.",
    advice="Give `owner/name` or its huggingface.co link, "
    "for example `google-bert/bert-base-uncased`.",
)
OTHER_LINK = "it is a link to {kind}, not to a model"
NOTHING_NAMED = "nothing was named"
SLASHES = "an id has at most one slash"
CHARACTERS = "only letters, digits and the characters . _ - may stand in it"
NO_TASK = ErrorText(
    code="TaskNotImportable",
    what="{task} is not a task that Azure can import.",
    advice="Nearest: {nearest}.",
)


def hub_id(text: str) -> str:
    """Return the repository id in an id or a link to it.

    Ids reach a shell inside Azure's pipeline, so nothing but letters, digits and `._-` passes.

    Raises:
        InvalidInputError: not an id of a model.
    """
    text = text.strip()
    if text.startswith("<") and text.endswith(">"):  # a link as Slack writes it
        text = text[1:-1].partition("|")[0].strip()
    link = HUB_URL.fullmatch(text)
    if link:
        parts = [part for part in QUERY.split(link[1])[0].split("/") if part]
        if parts and parts[0] in {"datasets", "spaces", "docs", "papers", "collections"}:
            raise _bad_id(text, OTHER_LINK.format(kind=parts[0]))
        text = "/".join(parts[:2])
    if not text:
        raise _bad_id(text, NOTHING_NAMED)
    if len(text.split("/")) > 2:  # noqa: PLR2004 - owner and name
        raise _bad_id(text, SLASHES)
    if not HUB_ID.fullmatch(text) or ".." in text or "--" in text:
        raise _bad_id(text, CHARACTERS)
    return text


def _bad_id(text: str, reason: str) -> InvalidInputError:
    words = WORDS.findall(text)
    searchable = len(words) > 1 and text == " ".join(words)
    return InvalidInputError(
        NO_HUB_ID,
        text=quoted(text),
        reason=reason,
        field="id",
        suggestions=(Suggestion(verb="search", argument=text),) if searchable else (),
    )


def model_name_of(hub: str) -> str:
    """Return the name Azure's pipeline gives the imported model."""
    return ODD.sub("-", hub.replace("/", "-"))


def import_task(hub: HubModel, wanted: str | None = None, lists: TaskLists = KNOWN_TASKS) -> str:
    """Return the component's name for the task asked for, else the Hub's; "" if it has none.

    Raises:
        InvalidInputError: it is no task the component knows.
    """
    asked = (wanted or hub.task or "").strip().lower().replace("_", "-").replace(" ", "-")
    task = HUB_NAMES.get(asked, asked)
    if task in lists.pipeline:
        return task
    if not wanted:
        return ""
    found = process.extract(task, lists.pipeline, scorer=fuzz.WRatio, limit=NEAREST)
    near = [name for name, *_ in found]
    raise InvalidInputError(
        NO_TASK,
        task=quoted(wanted),
        nearest=", ".join(near),
        field="task",
        suggestions=tuple(
            Suggestion(verb="import", argument=hub.id, options=(("task", name),)) for name in near
        ),
    )


def disk_needed(hub: HubModel) -> int:
    """Bytes of disk an import takes: everything twice, and a buffer; 0 where nobody knows."""
    size = hub.files_bytes or hub.size_bytes
    return 2 * size + BUFFER if size else 0


def import_size(sizes: Mapping[str, VmSize], disks: Mapping[str, int], needed: int) -> str:
    """Return the machine for a cluster that is made for imports: never a retired one.

    The usual size, unless its disk is known to be too small; then the smallest processor size whose
    disk is known to do.

    Args:
        sizes: the price table.
        disks: bytes of local disk by name in small letters, as far as Azure tells.
        needed: bytes of disk; 0 where nobody knows.
    """
    usual = sizes.get(IMPORT_SIZE)
    memory = usual.memory_gib if usual else 0
    disk = disks.get(IMPORT_SIZE.lower())
    if (usual is None or not usual.retired) and (disk is None or disk >= needed):
        return IMPORT_SIZE
    fitting = [
        size
        for size in sizes.values()
        if not size.gpus
        and not size.retired
        and size.memory_gib >= memory
        and disks.get(size.name.lower(), -1) >= needed
    ]
    least = min(fitting, key=lambda size: (size.vcpus, size.memory_gib, size.name), default=None)
    return least.name if least else IMPORT_SIZE
