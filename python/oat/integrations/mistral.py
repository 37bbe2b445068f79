"""Tracing `mistralai`: chat, fill-in-the-middle, agents, embeddings."""

from __future__ import annotations

import importlib
from typing import Any

from oat.integrations._assemblies import ChatChunks
from oat.integrations._endpoint import Endpoint
from oat.integrations._methods import wrapper
from oat.integrations._patches import Patches

# Module, class, what its spans are called.
_TEXT = (("chat", "Chat", "chat"), ("fim", "Fim", "fim"), ("agents", "Agents", "agents"))

_patches = Patches("mistralai")


def _module(name: str) -> Any:
    try:
        return importlib.import_module(f"mistralai.client.{name}")
    except ModuleNotFoundError:
        return importlib.import_module(f"mistralai.{name}")  # up to version 1


def patch_mistral() -> bool:
    """Records every call that clients of `mistralai` make, also of clients that exist already.

    Callers see the same results, streams and exceptions as without it.

    Returns:
        True when it is patched; else a line on standard error says why not.
    """

    def apply(patches: Patches) -> None:
        for module, class_name, called in _TEXT:
            owner = getattr(_module(module), class_name)
            for method in ("complete", "stream"):
                endpoint = Endpoint(f"mistral.{called}.{method}", "llm", ChatChunks)
                patches.replace(owner, method, wrapper(endpoint, "mistral"))
                patches.replace(owner, f"{method}_async", wrapper(endpoint, "mistral"))
        embeddings = _module("embeddings").Embeddings
        endpoint = Endpoint("mistral.embeddings.create", "embedding")
        patches.replace(embeddings, "create", wrapper(endpoint, "mistral"))
        patches.replace(embeddings, "create_async", wrapper(endpoint, "mistral"))

    return _patches.apply(apply)


def unpatch_mistral() -> None:
    """Takes `patch_mistral` back."""
    _patches.undo()
