"""Tracing other packages without changing the code that uses them."""

from __future__ import annotations

from oat.integrations.anthropic import patch_anthropic, unpatch_anthropic
from oat.integrations.cohere import patch_cohere, unpatch_cohere
from oat.integrations.frameworks import (
    patch_langchain,
    patch_llama_index,
    patch_openai_agents,
    unpatch_langchain,
    unpatch_llama_index,
    unpatch_openai_agents,
)
from oat.integrations.gemini import patch_gemini, unpatch_gemini
from oat.integrations.mistral import patch_mistral, unpatch_mistral
from oat.integrations.openai import patch_openai, unpatch_openai

__all__ = [
    "patch_anthropic",
    "patch_cohere",
    "patch_gemini",
    "patch_langchain",
    "patch_llama_index",
    "patch_mistral",
    "patch_openai",
    "patch_openai_agents",
    "unpatch_anthropic",
    "unpatch_cohere",
    "unpatch_gemini",
    "unpatch_langchain",
    "unpatch_llama_index",
    "unpatch_mistral",
    "unpatch_openai",
    "unpatch_openai_agents",
]
