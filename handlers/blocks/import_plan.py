"""An import before it starts: its checklist, and what can be clicked about it."""

from __future__ import annotations

from collections.abc import Sequence

from handlers.blocks.elements import (
    button,
    clip,
    code,
    context,
    escape,
    header,
    link,
    plain,
    section,
)
from handlers.blocks.error import SAY, sentence
from handlers.blocks.words import size
from handlers.command import Block
from services.models import Check, ImportPlan, Plan, Way

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
RUN, CANCEL = "aml.plan.run", "aml.plan.cancel"
ALLOW, TASK, PAGE = "aml.import_model.allow", "aml.import_model.form", "aml.import_model.page"
DEPLOY = "aml.deploy.model"
SURE_TITLE, SURE_YES, SURE_NO = "Agree to this licence?", "Agree and import", "Not now"
LONGEST_LINE = 420
LONGEST_CAUTION = 300  # Slack's limit for the text of a question
ALLOWED = ":warning: Code of its own runs, allowed by <@{by}>: {reason}"
ACCEPTED = "licence {licence}, accepted by <@{by}>"


def text_of(plan: ImportPlan) -> str:
    """The plan in a sentence or two."""
    if not plan.blocked:
        return AGREES.format(
            name=plan.hub_id,
            size=_size(plan),
            licence=plan.license or "not stated",
            model=plan.model_name,
        )
    failed = (
        f"{check.title}: {sentence(check.text)} {check.advice}".strip()
        for check in plan.checks
        if check.passed is False
    )
    return " ".join([BLOCKED.format(name=plan.hub_id), *failed])


def body(plan: ImportPlan) -> list[Block]:
    """What would be imported, and every check: first what is in the way, last what is fine."""
    licence = escape(clip(plan.license or "not stated", LONGEST_LICENCE))
    if plan.license_url:
        licence = f"<{escape(plan.license_url)}|{licence}>"
    facts = (f"as {code(plan.model_name)}", _size(plan), f"licence {licence}", TAKES)
    title = BLOCKED_TITLE if plan.blocked else TITLE
    blocks = [header(title.format(name=plan.hub_id)), context(" · ".join(facts))]
    runs = not (plan.blocked or plan.accepted)
    agrees = [check for check in plan.checks if check.title == LICENCE and runs]
    if any(check.passed for check in agrees):
        blocks += [section(_line(check)) for check in agrees]  # what Run accepts is no small print
    for words, passed in ((IN_THE_WAY, False), (LOOK, None), (FINE, True)):
        shown = [
            one for one in plan.checks if one.passed is passed and not (passed and one in agrees)
        ]
        lines = [_line(check) for check in shown]
        text = "\n".join([words.format(count=len(lines)), *lines])
        if lines:
            blocks.append(context(text) if passed else section(text))
    return blocks


def buttons(plan: Plan, content: ImportPlan, *, may_run: bool) -> list[Block]:
    """Run, or the ways out of what is in its way; Cancel is last."""
    wanted = (False,) if content.blocked else (None,)
    ways = [check for check in content.checks if check.passed in wanted and check.way]
    shown = [one for check in ways if (one := _way(check, plan, may_run=may_run))]
    if content.blocked and not _is_there(ways):
        words = f"search {content.hub_id.rpartition('/')[2]}"
        shown.append(button(words, SAY, words, says="Search the catalog instead"))
    if not content.blocked and may_run:
        shown.insert(0, _run(plan, content))
    return [*shown, button("Cancel", CANCEL, plan.id, says="Drop this plan")]


def can_be_asked_for(content: ImportPlan) -> bool:
    """Whether an operator could run it, if need be after allowing its code."""
    return all(check.way is Way.CODE for check in content.checks if check.passed is False)


def details(plan: ImportPlan) -> tuple[str, str]:
    """For the operation's message: the licence in a few words, and a line on its code or ""."""
    licence = f"licence {escape(clip(plan.license or 'not stated', LONGEST_LICENCE))}"
    if plan.accepted:
        licence = ACCEPTED.format(licence=licence.removeprefix("licence "), by=plan.accepted.by)
    allowed = plan.code
    if allowed is None:
        return licence, ""
    return licence, ALLOWED.format(by=allowed.by, reason=escape(allowed.reason))


def differences(old: ImportPlan, new: ImportPlan) -> tuple[tuple[str, str, str], ...]:
    """Title, before and after of what a person must know before saying yes again."""
    before = {check.title for check in old.checks if check.passed is False}
    fresh = [
        (check.title, "fine", check.text)
        for check in new.checks
        if check.passed is False and check.title not in before
    ]
    text = (old.terms.sha256[:8], new.terms.sha256[:8]) if old.terms and new.terms else ("", "")
    return (
        ("Revision", old.sha[:7], new.sha[:7]),
        ("Licence", old.license or "not stated", new.license or "not stated"),
        ("Text of the licence", *text),
        ("Task", old.task, new.task),
        ("Size", _size(old), _size(new)),
        ("Registered as", old.model_name, new.model_name),
        ("Machine", old.size, new.size),
        *fresh,
    )


def _size(plan: ImportPlan) -> str:
    return size(plan.size_bytes) if plan.size_bytes else "size not stated"


def _line(check: Check) -> str:
    mark = {True: ":white_check_mark:", False: ":x:", None: ":warning:"}[check.passed]
    text = escape(clip(check.text, LONGEST_LINE))
    said = f"{text} <@{check.by}>" if check.by else text
    if check.passed is not True:
        said = sentence(said)
    advice = f" {escape(sentence(check.advice))}" if check.advice else ""
    return f"{mark} *{escape(check.title)}*: {said}{advice}"


def _run(plan: Plan, content: ImportPlan) -> Block:
    run = button(
        "Run", RUN, plan.id, style="primary", says=f"Accept the licence, import {content.hub_id}"
    )
    if not content.caution:
        return run
    sure = {
        "title": plain(SURE_TITLE, 100),
        "text": plain(content.caution, LONGEST_CAUTION),
        "confirm": plain(SURE_YES, 30),
        "deny": plain(SURE_NO, 30),
    }
    return {**run, "confirm": sure}


def _way(check: Check, plan: Plan, *, may_run: bool) -> Block | None:
    match check.way:
        case Way.DEPLOY:
            return button("Deploy that one", DEPLOY, check.target)
        case Way.TASK:
            return button("Choose a task …", TASK, check.target)
        case Way.CODE if may_run:
            says = "Allow the repository's own code, with a reason"
            return button("Allow its code …", ALLOW, plan.id, says=says)
        case Way.PAGE if check.target:
            return link("Open its page", PAGE, check.target)
    return None


def _is_there(ways: Sequence[Check]) -> bool:
    return any(check.way in {Way.DEPLOY, Way.CODE} for check in ways)
