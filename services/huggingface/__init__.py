"""The Hugging Face Hub, read-only; the only part that imports `huggingface_hub`, and lazily."""

from __future__ import annotations

from services.huggingface.client import Hub

__all__ = ["Hub"]
