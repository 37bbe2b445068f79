"""Tracing what a program imports, as tracer.yaml or `python -m oat run` asks for it."""

from __future__ import annotations

import importlib.util
import sys
import types
from collections.abc import Iterable
from typing import Any, Callable

from oat._trace import trace
from oat.integrations import (
    patch_anthropic,
    patch_cohere,
    patch_gemini,
    patch_langchain,
    patch_llama_index,
    patch_mistral,
    patch_openai,
    patch_openai_agents,
)
from oat.integrations._imports import when_imported

# Packages that have a patch of their own, by the module whose import tells that they are used.
PATCHES: dict[str, Callable[[], bool]] = {
    "openai": patch_openai,
    "anthropic": patch_anthropic,
    "mistralai": patch_mistral,
    "cohere": patch_cohere,
    "google.genai": patch_gemini,
    "langchain_core": patch_langchain,
    "llama_index.core": patch_llama_index,
    "agents": patch_openai_agents,
}

# What a target calls them besides. A module `agents` may as well be one of the program.
_ALSO = {
    "langchain": "langchain_core",
    "llama_index": "llama_index.core",
    "openai_agents": "agents",
}

_DEFAULT_TYPE = "chain"


def patch_installed() -> None:
    """Has every client and framework that there is a patch for patched once the program imports it."""
    for module in PATCHES:
        when_imported(module, _patch)


def apply_targets(targets: Iterable[tuple[str, str, str | None]]) -> None:
    """Has functions traced once their modules are imported. What cannot be found is said on standard error.

    Args:
        targets: Modules, functions in them, types of their spans. Of a module that there is a patch for,
            the patch traces all.
    """
    for module, function, span_type in targets:
        patched = _patched(module)
        if not _is_installed(patched or module):
            _warn(module, function, "there is no such module")
        elif patched is not None:
            when_imported(patched, _patch)
        else:
            when_imported(module, _wrapping(module, function, span_type or _DEFAULT_TYPE))


def _warn(module: str, function: str, reason: str) -> None:
    print(f"oat: instrumentation.targets: {module}.{function}: {reason}", file=sys.stderr)


def _is_installed(module: str) -> bool:
    """Looks for the package alone: a module within it cannot be found without importing that."""
    package = module.partition(".")[0]
    try:
        return package in sys.modules or importlib.util.find_spec(package) is not None
    except ValueError:
        return False


def _patched(module: str) -> str | None:
    """The entry of PATCHES that a module belongs to."""
    known = {**{name: name for name in PATCHES if name != "agents"}, **_ALSO}
    return next((known[name] for name in known if module == name or module.startswith(f"{name}.")), None)


def _patch(module: types.ModuleType) -> None:
    name = module.__name__
    if name != "agents" or hasattr(module, "add_trace_processor"):  # else it is a module of the program
        PATCHES[name]()


def _wrapping(name: str, function: str, span_type: str) -> Callable[[types.ModuleType], None]:
    def wrap(module: types.ModuleType) -> None:
        *owners, attribute = function.split(".")
        owner: Any = module
        try:
            for part in owners:
                owner = getattr(owner, part)
            traced = trace(name=f"{name}.{function}", span_type=span_type)(vars(owner)[attribute])
            setattr(owner, attribute, traced)
        except (AttributeError, KeyError):
            _warn(name, function, "there is no such function")
        except Exception as error:
            _warn(name, function, str(error))

    return wrap
