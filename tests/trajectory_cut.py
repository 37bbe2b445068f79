"""What `oat import` has to make of a trajectory file, cut out of the source by position.

Shares no code with the importer: this is docs/import.md in Python. `spans_of(path)` gives
(span type, input bytes, output bytes) of every span; None where there is no payload.
`calls_of(path)` gives the elements that each model call takes and gives, without joining them.
"""

from __future__ import annotations

import json
import pathlib
import re
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

Span = tuple[str, bytes | None, bytes | None]
Elements = tuple[bytes, ...]  # of an array that an importer puts together
Parts = tuple[str, bytes | Elements | None, bytes | None]
DECODER = json.JSONDecoder(strict=False)
SPACE = re.compile(r"[ \t\r\n]*")
WINDOW = 256


@dataclass
class Cut:
    """A value and where it stands."""

    value: Any
    text: str
    start: int
    end: int

    @property
    def raw(self) -> bytes:
        """Its bytes in the source."""
        return self.text[self.start : self.end].encode()

    def elements(self) -> Iterator[Cut]:
        """The elements of an array."""
        at = skip(self.text, self.start + 1)
        while self.text[at] != "]":
            cut = cut_at(self.text, at)
            yield cut
            at = skip(self.text, cut.end)
            at = skip(self.text, at + 1) if self.text[at] == "," else at

    def get(self, key: str) -> Cut | None:
        """A member of an object that is not null: the last of that name."""
        found = None
        at = skip(self.text, self.start + 1)
        while self.text[at] != "}":
            name = cut_at(self.text, at)
            cut = cut_at(self.text, skip(self.text, skip(self.text, name.end) + 1))
            if name.value == key:
                found = cut
            at = skip(self.text, cut.end)
            at = skip(self.text, at + 1) if self.text[at] == "," else at
        return found if found is not None and found.value is not None else None

    def need(self, key: str) -> Cut:
        """A member that must be there."""
        found = self.get(key)
        assert found is not None, key
        return found


def skip(text: str, at: int) -> int:
    """The first position behind white space."""
    match = SPACE.match(text, at)
    assert match
    return match.end()


def cut_at(text: str, at: int) -> Cut:
    """The value that begins there."""
    value, end = DECODER.raw_decode(text, at)
    return Cut(value, text, at, end)


@dataclass
class Message:
    """An element of a conversation."""

    raw: bytes
    role: str  # user, assistant, other
    calls: list[tuple[bytes, Any]] = field(default_factory=list)
    results: list[tuple[bytes, Any]] = field(default_factory=list)
    turn: str | None = None


def conversation(messages: list[Message]) -> list[Parts]:
    """One agent span, one llm span an answer, one tool span a call."""
    first = next((m.raw for m in messages if m.role == "user"), None)
    last = next((m.raw for m in reversed(messages) if m.role == "assistant"), None)
    spans: list[Parts] = [("agent", first, last)]
    results = [(i, raw, call_id) for i, m in enumerate(messages) for raw, call_id in m.results]
    used: set[int] = set()
    raws = tuple(m.raw for m in messages)
    turn = None
    for i, message in enumerate(messages):
        if message.role == "assistant" and (message.turn is None or message.turn != turn):
            spans.append(("llm", raws[:i], message.raw))
            turn = message.turn
        ahead = [n for n, (at, _, _) in enumerate(results) if at >= i][:WINDOW]
        for raw, call_id in message.calls:
            mine = next((n for n in ahead if n not in used and results[n][2] == call_id), None)
            used.add(-1 if mine is None else mine)
            spans.append(("tool", raw, None if mine is None else results[mine][1]))
    return spans


def chat_message(cut: Cut) -> Message:
    """A message of the OpenAI or Anthropic manner."""
    value = cut.value
    role = value.get("role")
    speakers = {"assistant": "assistant", "model": "assistant", "user": "user"}
    message = Message(cut.raw, speakers.get(role, "other"))
    calls = cut.get("tool_calls")
    if calls is not None:
        message.calls += [(call.raw, call.value.get("id") or None) for call in calls.elements()]
    if isinstance(value.get("function_call"), dict):
        message.calls.append((cut.need("function_call").raw, None))
    if role in ("tool", "function"):
        message.results.append((cut.raw, value.get("tool_call_id") or value.get("id") or None))
    elif isinstance(value.get("content"), list):
        blocks = list(cut.need("content").elements())
        for block in blocks:
            kind = block.value.get("type") if isinstance(block.value, dict) else None
            if kind == "tool_use":
                message.calls.append((block.raw, block.value.get("id") or None))
            elif kind == "tool_result":
                answer = cut if len(blocks) == 1 else block
                message.results.append((answer.raw, block.value.get("tool_use_id") or None))
    return message


def message_list(messages: Cut) -> list[Parts]:
    """A list of messages that is a conversation."""
    return conversation([chat_message(m) for m in messages.elements()])


def swe_agent(root: Cut) -> list[Parts]:
    """History of messages; an answer's action is a call, the user message behind it the result."""
    messages = []
    awaits = False
    for cut in root.need("history").elements():
        message = chat_message(cut)
        messages.append(message)
        if message.role == "assistant" and cut.value.get("is_demo") is True:
            message.role = "other"
            message.calls = []
            continue
        if message.role == "user" and awaits:
            message.results.append((cut.raw, None))
        awaits = message.role == "assistant" and bool(cut.value.get("action"))
        if awaits:
            message.calls.append((cut.need("action").raw, None))
    return conversation(messages)


NOT_CHOSEN = {"system", "recall", "change_agent_state", "null", "condensation", "condensation_request"}


def openhands(events: Cut) -> list[Parts]:
    """Events; an agent's action is an answer and, unless it only talks, a call."""
    messages = []
    user_seen = False
    for cut in events.elements():
        event = cut.value
        action, source = event.get("action"), event.get("source")
        chosen = action is not None and action not in NOT_CHOSEN
        by_user = chosen and action == "message" and (source == "user" if source else not user_seen)
        by_model = chosen and not by_user and (source in (None, "agent"))
        message = Message(cut.raw, "user" if by_user else "assistant" if by_model else "other")
        user_seen = user_seen or by_user
        if by_model:
            metadata = event.get("tool_call_metadata") or {}
            message.turn = (metadata.get("model_response") or {}).get("id")
            if action not in ("message", "finish", "reject"):
                message.calls.append((cut.raw, event.get("id")))
        elif event.get("observation") is not None:
            message.results.append((cut.raw, event.get("cause")))
        messages.append(message)
    return conversation(messages)


def atif(root: Cut) -> list[Parts]:
    """Steps, with calls and their results inside."""
    messages = []
    for cut in root.need("steps").elements():
        role = {"agent": "assistant", "user": "user"}.get(cut.value.get("source"), "other")
        message = Message(cut.raw, role)
        if (calls := cut.get("tool_calls")) is not None:
            message.calls = [(c.raw, c.value.get("tool_call_id") or None) for c in calls.elements()]
        observation = cut.get("observation")
        if observation is not None and (results := observation.get("results")) is not None:
            message.results = [(r.raw, r.value.get("source_call_id") or None) for r in results.elements()]
        messages.append(message)
    return conversation(messages)


def inspect_sample(sample: Cut) -> list[Parts]:
    """A sample's messages; answers that were given with the input are context."""
    messages = []
    for cut in sample.need("messages").elements():
        message = chat_message(cut)
        if message.role == "assistant" and cut.value.get("source") not in (None, "generate"):
            message.role = "other"
            message.calls = []
        messages.append(message)
    return conversation(messages)


def inspect_events(root: Cut) -> list[Parts]:
    """Model and tool events, each with its own input and output."""
    spans: list[Parts] = [("agent", None, None)]
    for cut in root.need("events").elements():
        if cut.value["event"] == "model":
            choice = next(cut.need("output").need("choices").elements())
            spans.append(("llm", cut.need("input").raw, choice.need("message").raw))
        elif cut.value["event"] == "tool":
            result = cut.get("result")
            spans.append(("tool", cut.need("arguments").raw, None if result is None else result.raw))
    return spans


def eval_archive(path: pathlib.Path) -> list[Parts]:
    """An Inspect log in its zip container."""
    spans: list[Parts] = []
    with zipfile.ZipFile(path) as archive:
        for name in archive.namelist():
            if name.startswith("samples/") and name.endswith(".json"):
                text = archive.read(name).decode()
                spans += inspect_sample(cut_at(text, skip(text, 0)))
    return spans


def aider(text: str) -> list[Parts]:
    """Sessions of Markdown: the user's lines begin with ####, what follows is the answer."""
    spans: list[Parts] = []
    heading = "# aider chat started at "
    for session in re.split(f"^(?={heading})", text, flags=re.M)[1:]:
        lines = session.splitlines(keepends=True)[1:]
        blocks: list[tuple[bool, str]] = []
        for line in lines:
            user = line.startswith("####")
            if not blocks or blocks[-1][0] != user:
                blocks.append((user, ""))
            blocks[-1] = (user, blocks[-1][1] + line)
        blocks = blocks[1:] if blocks and not blocks[0][0] else blocks
        asked = [block.encode() for _, block in blocks[::2]]
        answers = [block.encode() for _, block in blocks[1::2]]
        said = [answer for answer in answers if answer.strip()]
        spans.append(("agent", asked[0] if asked else None, said[-1] if said else None))
        spans += [("llm", a, b) for a, b in zip(asked, answers, strict=False) if b.strip()]
    return spans


def natural(name: str) -> tuple[int, str]:
    """Round 10 behind round 9."""
    return len(name), name


def autocoderover(folder: pathlib.Path) -> list[Parts]:
    """A folder that is one run."""

    def load(name: str) -> Cut:
        text = (folder / name).read_text(encoding="utf-8")
        return cut_at(text, skip(text, 0))

    def names(prefix: str) -> list[str]:
        return sorted((p.name for p in folder.glob(f"{prefix}*.json")), key=natural)

    lists = [[chat_message(m) for m in load(n).elements()] for n in names("conversation_round_")]
    lists += [[chat_message(m) for m in load(n).elements()] for n in names("debug_agent_write_patch_")]
    kept: list[list[Message]] = []
    longest = lists[-1]
    first = next((m.raw for m in longest if m.role == "user"), None)
    last = next((m.raw for m in reversed(longest) if m.role == "assistant"), None)
    spans: list[Parts] = [("agent", first, last)]
    for i, messages in enumerate(lists):
        raws = [m.raw for m in messages]
        if any([m.raw for m in later[: len(raws)]] == raws for later in lists[i + 1 :]):
            continue
        known = max((shared(raws, [m.raw for m in other]) for other in kept), default=0)
        kept.append(messages)
        for message in messages[:known]:
            message.role = "other" if message.role == "assistant" else message.role
            message.calls = []
        spans += conversation(messages)
    for name in names("agent_proxy_"):
        for side in load(name).elements():
            spans += message_list(side)
    for name in names("tool_call_sequence"):
        spans += tool_spans(load(name))
    return spans


def shared(a: list[bytes], b: list[bytes]) -> int:
    """Elements that two lists begin with alike."""
    return next((i for i, (x, y) in enumerate(zip(a, b, strict=False)) if x != y), min(len(a), len(b)))


def tool_spans(calls: Cut) -> list[Parts]:
    """A call each, perhaps in lists by round."""
    spans: list[Parts] = []
    for cut in calls.elements():
        spans += tool_spans(cut) if isinstance(cut.value, list) else [("tool", cut.raw, None)]
    return spans


def documents(text: str) -> Iterator[Cut]:
    """One value, or one a line."""
    at = skip(text, 0)
    while at < len(text):
        cut = cut_at(text, at)
        yield cut
        at = skip(text, cut.end)


def spans_of_document(root: Cut) -> list[Parts]:
    """By the shape of the value."""
    value = root.value
    if isinstance(value, dict):
        if "samples" in value:
            return [s for sample in root.need("samples").elements() for s in inspect_sample(sample)]
        if "events" in value:
            return inspect_events(root)
        if "simulations" in value:
            return [
                s for run in root.need("simulations").elements() for s in message_list(run.need("messages"))
            ]
        if "steps" in value:
            return atif(root)
        return swe_agent(root) if "trajectory" in value else openhands(root.need("history"))
    if "traj" in value[0]:
        return [s for run in root.elements() for s in message_list(run.need("traj"))]
    if "model_patch" in value[0]:
        return []
    return openhands(root)


def parts_of(path: pathlib.Path) -> list[Parts]:
    """Every span of a trajectory file, or of a folder that is one run; arrays put together as elements."""
    if path.is_dir():
        return autocoderover(path)
    if path.suffix == ".eval":
        return eval_archive(path)
    text = path.read_bytes().decode()
    if path.suffix == ".md":
        return aider(text)
    return [span for root in documents(text) for span in spans_of_document(root)]


def spans_of(path: pathlib.Path) -> list[Span]:
    """Every span of a trajectory file, or of a folder that is one run."""
    return [
        (kind, b"[" + b",".join(given) + b"]" if isinstance(given, tuple) else given, output)
        for kind, given, output in parts_of(path)
    ]


def calls_of(path: pathlib.Path) -> Iterator[Elements]:
    """The elements of each model call: those of its input, then its output."""
    for kind, given, output in parts_of(path):
        if kind != "llm" or given is None:
            continue
        if isinstance(given, bytes):
            array = given.startswith(b"[")
            given = tuple(e.raw for e in cut_at(given.decode(), 0).elements()) if array else (given,)
        yield given if output is None else (*given, output)
