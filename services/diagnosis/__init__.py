"""Azure's error codes, messages and logs in plain words: what happened, why, what to do.

What is refused at once, what fails later and what a log says are explained by the same rules, so
that one reason has one wording wherever it comes from.
"""

from __future__ import annotations

from services.diagnosis.answers import Answer, Said, read
from services.diagnosis.explanations import (
    NAME_TAKEN,
    NO_REASON,
    SHORT_OF_QUOTA,
    error_for,
    explain,
    kind_of,
)
from services.diagnosis.faults import Kind
from services.diagnosis.logs import cause, phase
from services.diagnosis.shortages import Shortage, shortage
from services.diagnosis.words import first_line, rights, sentence, shown

__all__ = [
    "NAME_TAKEN",
    "NO_REASON",
    "SHORT_OF_QUOTA",
    "Answer",
    "Kind",
    "Said",
    "Shortage",
    "cause",
    "error_for",
    "explain",
    "first_line",
    "kind_of",
    "phase",
    "read",
    "rights",
    "sentence",
    "shortage",
    "shown",
]
