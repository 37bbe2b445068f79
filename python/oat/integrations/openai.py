"""Tracing `openai`: chat completions, responses, embeddings, completions."""

from __future__ import annotations

import importlib
from typing import Any

from oat.integrations._assemblies import ChatChunks, ResponseEvents
from oat.integrations._endpoint import Endpoint
from oat.integrations._patches import Patches
from oat.integrations._stainless import Dialect, patch

ENDPOINTS = {
    "/chat/completions": Endpoint("openai.chat.completions.create", "llm", ChatChunks),
    "/responses": Endpoint("openai.responses.create", "llm", ResponseEvents),
    "/completions": Endpoint("openai.completions.create", "llm", ChatChunks),
    "/embeddings": Endpoint("openai.embeddings.create", "embedding"),
}

# Providers that speak OpenAI's protocol, by the end of their host names.
HOSTS = {
    "openai.azure.com": "azure",
    "api.deepseek.com": "deepseek",
    "api.groq.com": "groq",
    "openrouter.ai": "openrouter",
    "api.x.ai": "xai",
    "api.mistral.ai": "mistral",
    "api.together.xyz": "together",
    "api.fireworks.ai": "fireworks",
    "api.cerebras.ai": "cerebras",
    "api.perplexity.ai": "perplexity",
    "googleapis.com": "google",
}

_patches = Patches("openai")


def provider_of(client: Any) -> str:
    """Whose model a client calls, by its host; OpenAI's when that says nothing."""
    host = str(getattr(getattr(client, "base_url", None), "host", "") or "")
    for ending, provider in HOSTS.items():
        if host == ending or host.endswith("." + ending):
            return provider
    return "azure" if "Azure" in type(client).__name__ else "openai"


def patch_openai() -> bool:
    """Records every call that clients of `openai` make, also of clients that exist already.

    Works before and after `import openai`, once or many times. Callers see the same results, streams and
    exceptions as without it. `openai._oat_patched` is True from then on.

    Usage of a streamed chat completion is known when the caller asks for it:
    `stream_options={"include_usage": True}`.

    Returns:
        True when it is patched; else a line on standard error says why not.
    """

    def apply(patches: Patches) -> None:
        module = importlib.import_module("openai")
        patch(patches, importlib.import_module("openai._base_client"), Dialect(ENDPOINTS, provider_of))
        module.__dict__["_oat_patched"] = True

    return _patches.apply(apply)


def unpatch_openai() -> None:
    """Takes `patch_openai` back."""
    if _patches.active:
        _patches.undo()
        importlib.import_module("openai").__dict__.pop("_oat_patched", None)
