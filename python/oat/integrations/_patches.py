"""Replacing functions of other packages, and putting them back."""

from __future__ import annotations

import functools
import sys
from typing import Any, Callable

Wrapper = Callable[[Callable[..., Any]], Callable[..., Any]]


class Patches:
    """What was replaced in one package.

    Attributes:
        package: Its name, for messages.
    """

    def __init__(self, package: str) -> None:
        self.package = package
        self._replaced: list[tuple[Any, str, Any, Any]] = []

    @property
    def active(self) -> bool:
        """True while something is replaced."""
        return bool(self._replaced)

    def replace(self, owner: Any, name: str, wrapper: Wrapper) -> None:
        """Puts what the wrapper makes of a function in its place; one that is not there is passed over."""
        original = owner.__dict__.get(name)
        if callable(original):
            put = functools.wraps(original)(wrapper(original))
            setattr(owner, name, put)
            self._replaced.append((owner, name, original, put))

    def undo(self) -> None:
        """Puts the originals back, except where somebody else has replaced ours meanwhile."""
        for owner, name, original, put in reversed(self._replaced):
            if owner.__dict__.get(name) is put:
                setattr(owner, name, original)
        self._replaced.clear()

    def apply(self, patch: Callable[[Patches], None]) -> bool:
        """Runs a function that replaces things, once; without the package it says so and does nothing.

        Returns:
            True when they are replaced, by this call or by an earlier one.
        """
        if self.active:
            return True
        try:
            patch(self)
        except Exception as error:
            self.undo()
            print(f"oat: {self.package} is not traced: {type(error).__name__}: {error}", file=sys.stderr)
        return self.active
