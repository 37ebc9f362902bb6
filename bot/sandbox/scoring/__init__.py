"""Scoring: a deployed zero-shot model of the sandbox really looks at the picture."""

from bot.sandbox.scoring.contract import Answer
from bot.sandbox.scoring.engine import Scorer

__all__ = ["Answer", "Scorer"]
