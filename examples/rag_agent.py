#!/usr/bin/env python3
"""Answers from documents: embed, search, rerank, generate.

pip install openagenttrace openai
python rag_agent.py             # without OPENAI_API_KEY its model answers from a script
"""

from __future__ import annotations

import collections
import math
import re
from typing import Any

import oat
from oat.integrations import patch_openai
from offline import client

MODEL = "gpt-4o-mini"
DOCUMENTS = {
    "opening": "The library opens at nine and closes at six. On Sundays it is closed.",
    "loans": "A book may be kept for four weeks, and twice as long when nobody waits for it.",
    "fines": "Who returns a book late pays twenty cents a day.",
    "cats": "The library's cat is called Quarto.",
}
SCRIPT = ("Four weeks, and twice as long when nobody waits for it [loans].",)

Vector = collections.Counter[str]


@oat.trace_embedding("embed", model="words", capture_output=False)
def embed(text: str) -> Vector:
    """Counts the words of a text: an embedding that needs no model."""
    return collections.Counter(re.findall(r"[a-z]{3,}", text.lower()))


def likeness(a: Vector, b: Vector) -> float:
    """The cosine of two vectors."""
    product = sum(count * b[word] for word, count in a.items())
    return product / (math.sqrt(sum(n * n for n in a.values()) * sum(n * n for n in b.values())) or 1)


@oat.trace_retrieval("search", collection="library")
def search(question: Vector, k: int) -> list[dict[str, Any]]:
    """The documents that are nearest."""
    found: list[dict[str, Any]] = [
        {"id": name, "score": round(likeness(question, INDEX[name]), 3), "text": text}
        for name, text in DOCUMENTS.items()
    ]
    return sorted(found, key=lambda document: -document["score"])[:k]


@oat.trace_rerank("rerank", model="shortest-first")
def rerank(documents: list[dict[str, Any]], k: int) -> list[dict[str, Any]]:
    """Of the nearest those that say it in the fewest words."""
    return sorted(documents, key=lambda document: len(document["text"]) / (document["score"] or 0.01))[:k]


@oat.trace(name="rag agent", span_type="agent")
def agent(model: Any, question: str) -> str:
    """Answers a question from the documents."""
    with oat.span("retrieve") as retrieve:
        documents = rerank(search(embed(question), k=3), k=2)
        retrieve.set_output([document["id"] for document in documents])
    known = "\n".join(f"[{document['id']}] {document['text']}" for document in documents)
    messages = [
        {"role": "system", "content": f"Answer from these documents and name them.\n{known}"},
        {"role": "user", "content": question},
    ]
    answer = model.chat.completions.create(model=MODEL, messages=messages).choices[0].message.content or ""
    oat.score("names its sources", float(any(f"[{document['id']}]" in answer for document in documents)))
    return str(answer)


INDEX: dict[str, Vector] = {}


def main() -> None:
    """Indexes the documents, then asks."""
    oat.get_tracer(service_name="rag-agent")
    patch_openai()
    with oat.span("index"):
        INDEX.update({name: embed(text) for name, text in DOCUMENTS.items()})
    with client(*SCRIPT) as model:
        print(agent(model, "How long may a book be kept?"))


if __name__ == "__main__":
    main()
