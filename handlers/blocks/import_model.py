"""An import: its checklist, what can be clicked about it, and what its message says of it."""

from __future__ import annotations

from collections.abc import Sequence

from handlers.blocks.elements import (
    Marked,
    button,
    clip,
    code,
    context,
    escape,
    header,
    link,
    linked,
    mention,
    section,
)
from handlers.blocks.error import SAY, sentence
from handlers.blocks.words import size
from handlers.command import Block, Caution, Change, Facts, Outcome
from services.models import Check, ImportPlan, ImportResult, Operation, Plan, Way

TITLE = "Import {name}?"
BLOCKED_TITLE = "{name} cannot be imported yet"
BLOCKED = "{name} cannot be imported as things are."
AGREES = "Import {name} ({size}, licence {licence}) as {model}?"
IN_THE_WAY = "*In the way ({count})*"
LOOK = "*Worth a look ({count})*"
FINE = "*Fine ({count})*"
TAKES = "takes at least 4 minutes"
LONGEST_LICENCE = 100
# Four of the five steps of Azure's pipeline wait a minute before they end.
WHY_SO_LONG = "Takes at least 4 minutes: four of the five steps each wait a minute before they end."
LICENCE = "Licence"  # the title of its check
ALLOW, TASK, PAGE = "aml.import_model.allow", "aml.import_model.form", "aml.import_model.page"
DEPLOY, BASE = "aml.deploy.model", "aml.import_model.model"
LONGEST_LINE = 420
SHOWN_HASH = 7  # letters of a hash that people read; whole ones are compared
NOT_KNOWN = "not known"
NONE, HANDED, NOT_HANDED = "none", "handed to Azure", "not handed to Azure"
NOT_STATED, SIZE_NOT_STATED, WAS_FINE = "not stated", "size not stated", "fine"
SURE_TITLE, SURE_YES, SURE_NO = "Agree to this licence?", "Agree and import", "Not now"
ALREADY = Marked("{name} is imported already")
RUN_SAYS = "Accept the licence, import {name}"
SEARCH_INSTEAD = "Search the catalog instead"
IMPORTED = "{model} version {version} is registered in the workspace."
AS_PLANNED = "Made from revision {planned}, as planned."
MOVED_SINCE = " The Hub has moved on to {now} since."
OTHER_REVISION = (
    "⚠️ It was made from revision {sha}, not from {planned}, which the plan was for: the repository "
    "moved on while the job ran. Look at it before you deploy it."
)
STILL_THERE = (
    "Azure does not say from which revision it was made; the Hub still has {planned}, as planned."
)
PERHAPS_OTHER = (
    "⚠️ Azure does not say from which revision it was made. The plan was for {planned}, and the Hub "
    "has {now} now: look at it before you deploy it."
)
REVISION_UNKNOWN = (
    "Azure does not say from which revision it was made, and the Hub cannot be asked just now; the "
    "plan was for {planned}."
)
JOB = "Azure's pipeline job: {job}"
DEPLOY_IT, DEPLOY_SAYS, OPEN_CARD = "Deploy", "Deploy {model}", "Open card"
IMPORT_THAT, IMPORT_SAYS = "Import that one", "Import {model}"
DEPLOY_THAT, CHOOSE_TASK, OPEN_PAGE = "Deploy that one", "Choose a task …", "Open its page"
ALLOW_CODE, ALLOW_SAYS = "Allow its code …", "Allow the repository's own code, with a reason"
ALLOWED = ":warning: Code of its own runs, allowed by {by}: {reason}"
ACCEPTED = "licence {licence}, accepted by {by}"


def sentence_of(plan: ImportPlan) -> str:
    """Return the plan in a sentence or two."""
    if not plan.blocked:
        return AGREES.format(
            name=plan.hub_id,
            size=_size(plan),
            licence=plan.license or NOT_STATED,
            model=plan.model_name,
        )
    failed = (
        f"{check.title}: {sentence(check.text)} {check.advice}".strip()
        for check in plan.checks
        if check.passed is False
    )
    return " ".join([BLOCKED.format(name=plan.hub_id), *failed])


def body(plan: ImportPlan) -> list[Block]:
    """Return what would be imported, and every check: what is in the way first."""
    licence = linked(plan.license_url or "", clip(plan.license or NOT_STATED, LONGEST_LICENCE))
    facts = (f"as {code(plan.model_name)}", _size(plan), f"licence {licence}", TAKES)
    title = BLOCKED_TITLE if plan.blocked else TITLE
    blocks = [header(title.format(name=plan.hub_id)), context(" · ".join(facts))]
    runs = not (plan.blocked or plan.accepted)
    agrees = [check for check in plan.checks if check.title == LICENCE and runs]
    if any(check.passed for check in agrees):
        blocks += [section(_line(check)) for check in agrees]  # what Run accepts is no small print
    for words, passed in ((IN_THE_WAY, False), (LOOK, None), (FINE, True)):
        shown = [
            check
            for check in plan.checks
            if check.passed is passed and not (passed and check in agrees)
        ]
        lines = [_line(check) for check in shown]
        text = "\n".join([words.format(count=len(lines)), *lines])
        if lines:
            blocks.append(context(text) if passed else section(text))
    return blocks


def ways(plan: Plan, content: ImportPlan, operator: bool) -> list[Block]:  # noqa: FBT001 - as PlanView has it
    """Return buttons for the ways out of what is in the way, or that is worth a look."""
    wanted = False if content.blocked else None
    checks = [check for check in content.checks if check.passed is wanted and check.way]
    shown = [way for check in checks if (way := _way(check, plan, may_run=operator))]
    if content.blocked and not _is_there(checks):
        words = f"search {content.hub_id.rpartition('/')[2]}"
        shown.append(button(words, SAY, words, says=SEARCH_INSTEAD))
    return shown


def askable(content: ImportPlan) -> bool:
    """Tell whether an operator could run it, if need be after allowing its code."""
    return all(check.way is Way.CODE for check in content.checks if check.passed is False)


def already(plan: ImportPlan) -> str:
    return ALREADY.format(name=code(plan.model_name))


def caution(plan: ImportPlan) -> Caution | None:
    """Return the question that Run asks where the licence wants it."""
    if not plan.caution:
        return None
    return Caution(title=SURE_TITLE, text=plan.caution, yes=SURE_YES, no=SURE_NO)


def says(plan: ImportPlan) -> str:
    return RUN_SAYS.format(name=plan.hub_id)


def facts(operation: Operation, plan: ImportPlan) -> Facts:
    """Return the licence, whose code runs, and why it takes so long."""
    licence, allowed = details(plan)
    notes = [allowed] if allowed else []
    if not operation.state.ended:
        notes.append(WHY_SO_LONG)
    return Facts(parts=(licence,), notes=tuple(notes))


def outcome(result: ImportResult) -> Outcome:
    """Return what is registered now, and what to do with it."""
    deploys = DEPLOY_SAYS.format(model=result.model_name)  # a registry may have one of that name
    text = IMPORTED.format(model=result.model_name, version=result.model_version)
    revision, warns = _revision(result)
    return Outcome(
        text=f"{text} {revision}" if warns else text,  # a warning belongs on phones too
        lines=(revision,) if revision and not warns else (),
        buttons=(
            button(DEPLOY_IT, DEPLOY, result.asset_id, says=deploys),
            button(OPEN_CARD, "aml.card.open", result.asset_id),
        ),
        footnote=JOB.format(job=code(result.job)) if result.job else "",
    )


def _revision(result: ImportResult) -> tuple[str, bool]:
    """Say whether what was downloaded is what was agreed to, and whether that needs a warning."""
    planned, sha, hub = result.planned, result.sha, result.hub_sha
    if not planned:
        return "", False
    if sha and sha != planned:
        shown, other = _apart(planned, sha)
        return OTHER_REVISION.format(sha=other, planned=shown), True
    moved = hub not in {"", planned}
    shown, other = _apart(planned, hub) if moved else (planned[:SHOWN_HASH], "")
    if sha:
        since = MOVED_SINCE.format(now=other) if moved else ""
        return AS_PLANNED.format(planned=shown) + since, False
    text = PERHAPS_OTHER if moved else STILL_THERE if hub else REVISION_UNKNOWN
    return text.format(planned=shown, now=other), moved


def details(plan: ImportPlan) -> tuple[str, str]:
    """Return the licence in a few words, and a line on its code or ""."""
    licence = f"licence {escape(clip(plan.license or 'not stated', LONGEST_LICENCE))}"
    if plan.accepted:
        licence = ACCEPTED.format(
            licence=licence.removeprefix("licence "), by=mention(plan.accepted.by)
        )
    allowed = plan.code
    if allowed is None:
        return licence, ""
    return licence, ALLOWED.format(by=mention(allowed.by), reason=escape(allowed.reason))


def changes(old: ImportPlan, new: ImportPlan) -> Sequence[Change]:
    """Return what a person must know before saying yes again."""
    before = {check.title for check in old.checks if check.passed is False}
    fresh = [
        (check.title, WAS_FINE, check.text)
        for check in new.checks
        if check.passed is False and check.title not in before
    ]
    texts = (old.terms.sha256, new.terms.sha256) if old.terms and new.terms else ("", "")
    rows = (
        ("Revision", *_apart(old.sha, new.sha)),
        (LICENCE, old.license or NOT_STATED, new.license or NOT_STATED),
        ("Text of the licence", *_apart(*texts)),
        ("Files not known to be safe", *_swapped(old.doubtful, new.doubtful)),
        ("Hub token", _handed(old), _handed(new)),
        ("Task", old.task, new.task),
        ("Size", _size(old), _size(new)),
        ("Registered as", old.model_name, new.model_name),
        ("Machine", old.size, new.size),
        *fresh,
    )
    return [Change(title=title, before=was, after=now) for title, was, now in rows]


def _apart(old: str, new: str) -> tuple[str, str]:
    """Two hashes as people read them: seven letters, and more only where those are the same."""
    shown = SHOWN_HASH
    while old != new and old[:shown] == new[:shown]:
        shown += SHOWN_HASH
    return old[:shown] or NOT_KNOWN, new[:shown] or NOT_KNOWN


def _swapped(old: Sequence[str], new: Sequence[str]) -> tuple[str, str]:
    """What is only in the old, and only in the new: the same words where neither differs."""
    gone = [name for name in old if name not in set(new)]
    come = [name for name in new if name not in set(old)]
    if not gone and not come:
        return NONE, NONE
    left, right = (clip(", ".join(names), LONGEST_LINE) or NONE for names in (gone, come))
    return left, right


def _handed(plan: ImportPlan) -> str:
    return HANDED if plan.with_token else NOT_HANDED


def _size(plan: ImportPlan) -> str:
    return size(plan.size_bytes) if plan.size_bytes else SIZE_NOT_STATED


def _line(check: Check) -> str:
    mark = {True: ":white_check_mark:", False: ":x:", None: ":warning:"}[check.passed]
    text = escape(clip(check.text, LONGEST_LINE))
    said = f"{text} {mention(check.by)}" if check.by else text
    if check.passed is not True:
        said = sentence(said)
    advice = f" {escape(sentence(check.advice))}" if check.advice else ""
    return f"{mark} *{escape(check.title)}*: {said}{advice}"


def _way(check: Check, plan: Plan, *, may_run: bool) -> Block | None:
    match check.way:
        case Way.DEPLOY:
            return button(DEPLOY_THAT, DEPLOY, check.target)
        case Way.BASE:
            says = IMPORT_SAYS.format(model=check.target)
            return button(IMPORT_THAT, BASE, check.target, says=says)
        case Way.TASK:
            return button(CHOOSE_TASK, TASK, check.target)
        case Way.CODE if may_run:
            return button(ALLOW_CODE, ALLOW, plan.id, says=ALLOW_SAYS)
        case Way.PAGE if check.target:
            return link(OPEN_PAGE, PAGE, check.target)
    return None


def _is_there(ways: Sequence[Check]) -> bool:
    return any(check.way in {Way.DEPLOY, Way.CODE} for check in ways)
