"""Rules of importing from the Hugging Face Hub: ids, names, tasks, and the checklist."""

from __future__ import annotations

import re
from collections.abc import Sequence

from rapidfuzz import fuzz, process

from services.errors import InvalidInputError, NotSupportedError, quoted
from services.models import Check, HubModel, Model, VmSize
from services.planning.licences import is_noncommercial, licence_class

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
# What Azure's component itself accepts as `task_name`.
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
HUB_NAMES = {  # the Hub's and the catalog's words for what the component calls otherwise
    "object-detection": "image-object-detection",
    "image-segmentation": "image-instance-segmentation",
    "text-summarization": "summarization",
    "text-translation": "translation",
    "multi-object-tracking": "video-multi-object-tracking",
}
HUB_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,95}(/[A-Za-z0-9][A-Za-z0-9._-]{0,95})?")
HUB_URL = re.compile(r"(?:https?://)?(?:www\.)?(?:huggingface\.co|hf\.co)/(.*)", re.IGNORECASE)
MEBIBYTE = 2**20


def hub_id(text: str) -> str:
    """The repository id in an id or a link to it.

    Ids reach a shell inside Azure's pipeline, so nothing but letters, digits and `._-` passes.

    Raises:
        InvalidInputError: not an id of a model.
    """
    text = text.strip().strip("<>").split("|")[0].strip()
    link = HUB_URL.fullmatch(text)
    if link:
        parts = [part for part in re.split(r"[?#]", link[1])[0].split("/") if part]
        if parts and parts[0] in {"datasets", "spaces", "docs", "papers", "collections"}:
            raise _bad_id(text, f"it is a link to {parts[0]}, not to a model")
        text = "/".join(parts[:2])
    if not text:
        raise _bad_id(text, "nothing was named")
    if len(text.split("/")) > 2:  # noqa: PLR2004 - owner and name
        raise _bad_id(text, "an id has at most one slash")
    if not HUB_ID.fullmatch(text) or ".." in text or "--" in text:
        raise _bad_id(text, "only letters, digits and the characters . _ - may stand in it")
    return text


def _bad_id(text: str, reason: str) -> InvalidInputError:
    words = re.findall(r"[\w.-]+", text)
    return InvalidInputError(
        f"{quoted(text)} is not a model on the Hugging Face Hub: {reason}.",
        advice="Give `owner/name` or its huggingface.co link, "
        "for example `google-bert/bert-base-uncased`.",
        field="id",
        suggestions=(f"search {text}",) if len(words) > 1 and text == " ".join(words) else (),
    )


def model_name_of(hub: str) -> str:
    """The name Azure's pipeline gives the imported model."""
    return re.sub(r"[^a-zA-Z0-9-]", "-", hub.replace("/", "-"))


def import_task(hub: HubModel, wish: str | None = None) -> str:
    """The component's name for the task: the wished one, else the Hub's.

    Raises:
        InvalidInputError: the wish is no task the component knows.
        NotSupportedError: the Hub states none, or one that cannot be imported.
    """
    asked = (wish or hub.task or "").strip().lower().replace("_", "-").replace(" ", "-")
    task = HUB_NAMES.get(asked, asked)
    if task in IMPORT_TASKS:
        return task
    if wish:
        near = [found[0] for found in process.extract(task, IMPORT_TASKS, scorer=fuzz.WRatio)[:3]]
        raise InvalidInputError(
            f"{quoted(wish)} is not a task that Azure can import.",
            advice="Nearest: " + ", ".join(near) + ".",
            field="task",
            suggestions=tuple(f"import {hub.id} task:{name}" for name in near),
        )
    raise NotSupportedError(
        f"{hub.id} cannot be imported as it stands.",
        why=f"Its task on the Hub is {hub.task}, which Azure's import does not know."
        if hub.task
        else "The Hub does not say what task it is for.",
        advice=f"Name one yourself: `import {hub.id} task:text-classification`, or any of "
        f"{', '.join(HANDBOOK_TASKS)}.",
        code="TaskNotSupported",
    )


def import_checks(  # noqa: PLR0913 - one argument for each thing that can stand in the way
    hub: HubModel,
    *,
    task: str,
    compute: str,
    compute_size: VmSize | None = None,
    existing: Sequence[Model] = (),
    has_token: bool = False,
) -> tuple[Check, ...]:
    """The checklist shown before anything is spent.

    `passed` is False where the import cannot succeed, None where a person should look.

    Args:
        hub: the repository, as the Hub tells it.
        task: the component's name for the task (see `import_task`).
        compute: name of the cluster that will run the pipeline.
        compute_size: its size where that is known.
        existing: models of that name found in registries or the workspace.
        has_token: whether a Hub token is configured.
    """
    return (
        _exists(hub),
        _gate(hub, has_token=has_token),
        _licence(hub),
        _task(task),
        _code(hub),
        _duplicates(hub, existing),
        _space(hub, compute, compute_size),
        Check(
            title="Revision",
            passed=None,
            text=f"Azure downloads the current main (now {hub.sha[:7]}); it takes no other.",
        ),
        *(_token(),) * (has_token and hub.gated != ""),
    )


def _exists(hub: HubModel) -> Check:
    moved = f" (renamed from {hub.renamed_from})" if hub.renamed_from else ""
    return Check(title="Found on the Hub", passed=True, text=f"{hub.id}{moved}")


def _gate(hub: HubModel, *, has_token: bool) -> Check:
    if not hub.gated:
        return Check(title="Open to all", passed=True, text="no approval needed")
    if hub.access:
        return Check(title="Gated", passed=True, text="our token is accepted")
    how = "approves requests by hand" if hub.gated == "manual" else "wants its terms accepted"
    way = (
        f"Ask for access at huggingface.co/{hub.id} with the account of our token."
        if has_token
        else "Set HF_TOKEN to a read token of an account that was given access."
    )
    return Check(title="Gated", passed=False, text=f"The owner {how}. {way}")


def _licence(hub: HubModel) -> Check:
    if not hub.license:
        return Check(title="Licence", passed=None, text="not stated: ask the owner before use")
    kind = licence_class(hub.license)
    text = f"{hub.license} ({kind})"
    if is_noncommercial(hub.license):
        text += ": excludes commercial use"
    return Check(
        title="Licence",
        passed=True if kind == "permissive" else None,
        text=f"{text}. Third-party terms apply; complying is up to you.",
    )


def _task(task: str) -> Check:
    if task in HANDBOOK_TASKS:
        return Check(title="Task", passed=True, text=task)
    return Check(
        title="Task",
        passed=None,
        text=f"{task}: the component lists it, Azure's documentation does not",
    )


def _code(hub: HubModel) -> Check:
    if not hub.custom_code:
        return Check(title="Code of its own", passed=True, text="none")
    names = ", ".join(hub.custom_code[:3]) + (" …" if len(hub.custom_code) > 3 else "")  # noqa: PLR2004 - as many as shown
    return Check(
        title="Code of its own",
        passed=False,
        text=f"The repository brings {names}, which Azure would run with our rights. "
        "Such models are not imported.",
    )


def _duplicates(hub: HubModel, existing: Sequence[Model]) -> Check:
    name = model_name_of(hub.id)
    curated = [model for model in existing if model.registry]
    if curated:
        first = curated[0]
        return Check(
            title="Not there yet",
            passed=False,
            text=f"Registry {first.registry} has {first.name} already, and Azure's import refuses "
            f"it then. Deploy that one: `deploy {first.name}`.",
        )
    if existing:
        text = f"The workspace has {name} version {existing[0].version}; this adds a new version."
        return Check(title="Not there yet", passed=None, text=text)
    return Check(title="Not there yet", passed=True, text=f"will be registered as {name}")


def _space(hub: HubModel, compute: str, size: VmSize | None) -> Check:
    shown = f"{hub.size_bytes / MEBIBYTE:,.0f} MB" if hub.size_bytes else "size not known"
    where = f"{compute} ({size.name})" if size else compute
    if size is not None and size.retired:
        text = f"Azure retired {size.name} on {size.retired}: choose another cluster."
        return Check(title="Compute", passed=False, text=text)
    text = f"{shown} to download; runs on {where}, made when it is missing"
    return Check(title="Compute", passed=True if hub.size_bytes else None, text=text)


def _token() -> Check:
    return Check(
        title="Hub token",
        passed=None,
        text="It becomes an input of the job, readable by everyone who can read the workspace's "
        "jobs: use a fine-grained read token.",
    )
