"""Numbers, times, sizes and states the way people say them."""

from __future__ import annotations

from services import planning
from services.models import OperationState, StepState
from services.prices import HOURS_A_MONTH

MINUTE, HOUR, DAY = 60, 3_600, 86_400
_KIB = 1024
LEFT, NO_LIMIT = "{cores:,} left in {region}", "Azure sets no limit in {region}"

STATES: dict[OperationState, str] = {
    OperationState.QUEUED: "Waiting",
    OperationState.RUNNING: "Running",
    OperationState.SUCCEEDED: "Done",
    OperationState.FAILED: "Failed",
    OperationState.CANCELLED: "Cancelled",
}
STATE_MARKS: dict[OperationState, str] = {
    OperationState.QUEUED: ":hourglass_flowing_sand:",
    OperationState.RUNNING: ":hourglass_flowing_sand:",
    OperationState.SUCCEEDED: ":white_check_mark:",
    OperationState.FAILED: ":x:",
    OperationState.CANCELLED: ":no_entry_sign:",
}
STEP_WORDS: dict[StepState, str] = {
    StepState.PENDING: "waiting",
    StepState.RUNNING: "running",
    StepState.DONE: "done",
    StepState.FAILED: "failed",
    StepState.SKIPPED: "skipped",
}
STEP_MARKS: dict[StepState, str] = {
    StepState.PENDING: ":white_circle:",
    StepState.RUNNING: ":hourglass_flowing_sand:",
    StepState.DONE: ":white_check_mark:",
    StepState.FAILED: ":x:",
    StepState.SKIPPED: ":heavy_minus_sign:",
}


def duration(seconds: float) -> str:
    """`45 s`, `3 min 20 s`, `2 h 5 min`, `3 d 4 h`."""
    total = max(0, round(seconds))
    if total < MINUTE:
        return f"{total} s"
    if total < HOUR:
        return _two(total // MINUTE, "min", total % MINUTE, "s")
    if total < DAY:
        return _two(total // HOUR, "h", total % HOUR // MINUTE, "min")
    return _two(total // DAY, "d", total % DAY // HOUR, "h")


def _two(big: int, unit: str, small: int, smaller: str) -> str:
    return f"{big} {unit} {small} {smaller}" if small else f"{big} {unit}"


def free(cores: int, region: str) -> str:
    """`1,204 left in eastus`, or that Azure sets no limit there."""
    return (
        NO_LIMIT.format(region=region)
        if cores == planning.NO_LIMIT
        else (LEFT.format(cores=cores, region=region))
    )


def money(dollars: float) -> str:
    """`$0.29`, `$1,204`; cents only where they matter."""
    return f"${dollars:,.2f}" if dollars < 100 else f"${dollars:,.0f}"  # noqa: PLR2004 - taste


def price(usd_per_hour: float | None) -> str:
    if usd_per_hour is None:
        return "price not known"
    return f"about {money(usd_per_hour)} an hour (estimate)"


def monthly(usd_per_hour: float) -> str:
    dollars = usd_per_hour * HOURS_A_MONTH
    shown = f"${dollars:,.0f}" if dollars >= 10 else money(dollars)  # noqa: PLR2004 - taste
    return f"about {shown} a month if it never stops"


def size(count: int) -> str:
    """Bytes as `578 MB`, in powers of 1024."""
    amount = float(count)
    for unit in ("bytes", "KB", "MB"):
        if amount < _KIB:
            return f"{amount:.0f} {unit}"
        amount /= _KIB
    return f"{amount:.1f} GB"


def percent(share: float) -> str:
    """`94.1 %`, rounded as the chart is."""
    return f"{share * 100:.1f} %"


def count(number: int, singular: str, plural: str = "") -> str:
    """`1 model`, `3 models`."""
    return f"{number:,} {singular if number == 1 else plural or singular + 's'}"


def approximately(number: int) -> str:
    """`812`, `54 k`, `1.2 M`: big numbers as people say them."""
    for least, unit in ((1_000_000, "M"), (1_000, "k")):
        if number >= least:
            amount = number / least
            return f"{amount:.1f} {unit}" if amount < 10 else f"{amount:,.0f} {unit}"  # noqa: PLR2004 - taste
    return str(number)


def capitalised(text: str) -> str:
    """With a capital at its beginning, as a sentence has; the rest stays as it is."""
    return text[:1].upper() + text[1:]


def instances(number: int) -> str:
    return count(number, "instance")
