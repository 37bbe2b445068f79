"""Tracing other packages without changing the code that uses them."""

from __future__ import annotations

from oat.integrations.anthropic import patch_anthropic, unpatch_anthropic
from oat.integrations.openai import patch_openai, unpatch_openai

__all__ = ["patch_anthropic", "patch_openai", "unpatch_anthropic", "unpatch_openai"]
