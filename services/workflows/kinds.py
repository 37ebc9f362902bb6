"""The kinds of operations that this product has; a new one is a line here."""

from __future__ import annotations

from services.kinds import Kinds
from services.workflows import classify, deploy, import_model

KINDS = Kinds(deploy.KIND, import_model.KIND, classify.KIND)
