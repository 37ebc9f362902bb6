"""What a benchmark measures: figures, each with its baseline where there is one."""

from __future__ import annotations

import json
import math
from collections.abc import Sequence
from dataclasses import asdict, dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Figure:
    """`ratio` is value / baseline; both None where nothing is compared. `n` is the sample size."""

    name: str
    value: float
    unit: str
    baseline: float | None = None
    n: int = 1

    def line(self) -> str:
        ratio = float(f"{self.value / self.baseline:.3g}") if self.baseline else None
        shown = asdict(self) | {"ratio": ratio, "value": round(self.value, 3)}
        return json.dumps(shown)


def percentile(values: Sequence[float], share: float) -> float:
    """The smallest value that is at least as large as that share of all (nearest rank)."""
    ordered = sorted(values)
    return ordered[max(0, math.ceil(share * len(ordered)) - 1)]
