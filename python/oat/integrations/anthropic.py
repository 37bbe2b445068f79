"""Tracing `anthropic`: messages, streamed or not, and the older completions."""

from __future__ import annotations

import importlib
from typing import Any

from oat.integrations._assemblies import MessageEvents
from oat.integrations._endpoint import Endpoint
from oat.integrations._patches import Patches
from oat.integrations._stainless import Dialect, patch

_MESSAGES = Endpoint("anthropic.messages.create", "llm", MessageEvents)
ENDPOINTS = {
    "/v1/messages": _MESSAGES,
    "/v1/complete": Endpoint("anthropic.completions.create", "llm"),
}

_patches = Patches("anthropic")


def provider_of(client: Any) -> str:
    """Through whom a client calls: Anthropic itself, or a cloud."""
    name = type(client).__name__
    if "Bedrock" in name:
        return "bedrock"
    return "vertex_ai" if "Vertex" in name else "anthropic"


def patch_anthropic() -> bool:
    """Records every call that clients of `anthropic` make, also of clients that exist already.

    Works before and after `import anthropic`, once or many times. Callers see the same results, streams and
    exceptions as without it. `anthropic._oat_patched` is True from then on.

    Returns:
        True when it is patched; else a line on standard error says why not.
    """

    def apply(patches: Patches) -> None:
        module = importlib.import_module("anthropic")
        patch(patches, importlib.import_module("anthropic._base_client"), Dialect(ENDPOINTS, provider_of))
        module.__dict__["_oat_patched"] = True

    return _patches.apply(apply)


def unpatch_anthropic() -> None:
    """Takes `patch_anthropic` back."""
    if _patches.active:
        _patches.undo()
        importlib.import_module("anthropic").__dict__.pop("_oat_patched", None)
