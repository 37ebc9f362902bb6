"""The local Azure ML."""

from bot.sandbox.azureml.service import LocalAzure

__all__ = ["LocalAzure"]
