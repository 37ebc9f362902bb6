"""The local Hugging Face Hub."""

from bot.sandbox.hub.routes import LocalHub
from bot.sandbox.hub.state import APPROVED_TOKEN, READER_TOKEN

__all__ = ["APPROVED_TOKEN", "READER_TOKEN", "LocalHub"]
