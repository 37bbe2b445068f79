"""Changing other packages, and taking that back."""

from __future__ import annotations

import functools
import sys
from typing import Any, Callable

Wrapper = Callable[[Callable[..., Any]], Callable[..., Any]]


class Patches:
    """What was changed in one package.

    Attributes:
        package: Its name, for messages.
    """

    def __init__(self, package: str) -> None:
        self.package = package
        self._undo: list[Callable[[], None]] = []

    @property
    def active(self) -> bool:
        """True while something is changed."""
        return bool(self._undo)

    def replace(self, owner: Any, name: str, wrapper: Wrapper) -> None:
        """Puts what the wrapper makes of a function in its place; one that is not there is passed over."""
        original = owner.__dict__.get(name)
        if not callable(original):
            return
        put = functools.wraps(original)(wrapper(original))

        def put_back() -> None:
            if owner.__dict__.get(name) is put:  # else somebody has replaced ours meanwhile
                setattr(owner, name, original)

        setattr(owner, name, put)
        self.on_undo(put_back)

    def on_undo(self, function: Callable[[], None]) -> None:
        """Remembers what takes back a change that was made."""
        self._undo.append(function)

    def undo(self) -> None:
        """Takes all changes back, the last one first."""
        while self._undo:
            self._undo.pop()()

    def apply(self, patch: Callable[[Patches], None]) -> bool:
        """Runs a function that changes things, once; without the package it says so and does nothing.

        Returns:
            True when they are changed, by this call or by an earlier one.
        """
        if self.active:
            return True
        try:
            patch(self)
        except Exception as error:
            self.undo()
            print(f"oat: {self.package} is not traced: {type(error).__name__}: {error}", file=sys.stderr)
        return self.active
