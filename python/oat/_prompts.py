"""Prompts of the daemon's registry, linked to the calls that use them."""

from __future__ import annotations

import dataclasses
import json
import re
import urllib.parse
import urllib.request
from typing import Any

from oat._native import Scope
from oat._tracer import current_config
from oat.exporters import LOCAL_DAEMON

_VARIABLE = re.compile(r"\{\{\s*([\w.-]+)\s*\}\}")
_TIMEOUT_SECONDS = 10.0


@dataclasses.dataclass(frozen=True)
class Prompt:
    """A version of a prompt.

    Attributes:
        template: A text, or a list of messages.
        variables: The names in it that stand for something: `{{name}}`.
        model_settings: The model and its settings, if the version says.
        picked_by: Why this version, when one was picked by a key.
    """

    name: str
    version: int
    template: Any
    variables: list[str]
    model_settings: dict[str, Any] | None = None
    labels: tuple[str, ...] = ()
    picked_by: str | None = None

    def render(self, **values: object) -> Any:
        """The template with its variables filled in.

        Raises:
            KeyError: A variable has no value.
        """
        return self._filled(self.template, values)

    def _filled(self, part: Any, values: dict[str, object]) -> Any:
        if isinstance(part, str):
            return _VARIABLE.sub(lambda found: str(values[found.group(1)]), part)
        if isinstance(part, list):
            return [self._filled(item, values) for item in part]
        if isinstance(part, dict):
            return {key: self._filled(value, values) for key, value in part.items()}
        return part


def get_prompt(
    name: str,
    *,
    label: str | None = None,
    key: str | None = None,
    version: int | None = None,
    url: str | None = None,
    token: str | None = None,
) -> Prompt:
    """Asks the daemon for a version of a prompt; the next llm span of this context says that it used it.

    Args:
        name: The prompt.
        label: The version with this label: "production".
        key: The version that the split picks for this key: a user's id.
        version: This version. Without any of the three, the newest.
        url: The daemon; else the one that spans are exported to, else http://127.0.0.1:8787.
        token: Its access token; else the one for exporting.

    Raises:
        OSError: The daemon does not answer, or has no such prompt (urllib.error.HTTPError).
    """
    config = current_config()
    base = (url or config.export_url or LOCAL_DAEMON).rstrip("/")
    asked: dict[str, Any] = {"label": label, "version": version, "key": key}
    query = urllib.parse.urlencode({name: value for name, value in asked.items() if value is not None})
    path = f"/prompts/{urllib.parse.quote(name, safe='')}{'/pick' if key is not None else ''}"
    request = urllib.request.Request(f"{base}{path}?{query}")
    token = token or config.export_token
    if token:
        request.add_header("Authorization", f"Bearer {token}")
    with urllib.request.urlopen(request, timeout=_TIMEOUT_SECONDS) as answer:
        members = json.load(answer)
    prompt = Prompt(
        name=members["name"],
        version=members["version"],
        template=members["template"],
        variables=members.get("variables") or [],
        model_settings=members.get("model_settings"),
        labels=tuple(members.get("labels") or ()),
        picked_by=members.get("picked_by"),
    )
    Scope(None, None, None, prompt.name, prompt.version, None, True).enter()
    return prompt
