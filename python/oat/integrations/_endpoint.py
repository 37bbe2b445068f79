"""What is traced of a provider."""

from __future__ import annotations

import dataclasses
from typing import Callable

from oat.integrations._calls import Assembly


@dataclasses.dataclass(frozen=True)
class Endpoint:
    """One kind of call.

    Attributes:
        name: Of its spans.
        span_type: Of its spans.
        assembly: Makes what puts streamed answers together; None: it does not stream.
    """

    name: str
    span_type: str
    assembly: Callable[[], Assembly] | None = None
