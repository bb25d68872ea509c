"""The judge's line to the code's process: one request at a time, plain values and numbers of objects."""

from __future__ import annotations

import builtins

from .codec import decode, encode
from .pipes import Lines, write_line

TYPE_CHECKING = False  # importing `typing` would take longer than all the rest
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any


class Unjudgeable(BaseException):
    """The test asks for something that cannot be decided apart from the code. No test may catch it."""


class Ended(BaseException):
    """The code's process is gone, or does not keep to the protocol."""


class RaisedThere(Exception):
    """The code raised an exception of a class that is not built in."""


class Link:
    """Asks the code's process, one request at a time."""

    def __init__(self, replies: int, asks: int, stand_in: Callable[[Link, int], Any]) -> None:
        self._lines = Lines(replies)
        self._asks = asks
        self._stand_in = stand_in
        self._raised: dict[str, type[BaseException]] = {}
        self.calls = 0
        self.trouble: Unjudgeable | Ended | None = None
        """The first of them: a test's bare `except` may have caught it."""

    def load(self) -> dict[str, Any]:
        """What came of loading the code."""
        return self._next()

    def ask(self, **request: Any) -> Any:
        try:
            write_line(self._asks, request)
        except OSError as error:
            raise self.note(Ended()) from error
        return self._next()

    def note(self, trouble: Unjudgeable | Ended) -> Unjudgeable | Ended:
        self.trouble = self.trouble or trouble
        return trouble

    def _next(self) -> dict[str, Any]:
        try:
            reply = self._lines.read()
        except (ValueError, RecursionError) as error:
            raise self.note(Ended()) from error
        if not isinstance(reply, dict):
            raise self.note(Ended())
        return reply

    def value(self, reply: dict[str, Any]) -> Any:
        """A reply as a value, a stand-in, or the exception that it tells of."""
        try:
            if "error" in reply:
                raise self._exception(reply)
            if "object" not in reply:
                return decode(reply["value"])
            kinds = reply["kinds"]
            if kinds:
                return self._class(kinds)
            return self._stand_in(self, int(reply["object"]))
        except (LookupError, TypeError, ValueError, ArithmeticError, RecursionError) as error:
            if "error" in reply:
                raise
            raise self.note(Ended()) from error

    def name(self, name: str) -> Any:
        return self.value(self.ask(name=name))

    def call(self, target: int, method: str, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        self.calls += 1
        sent = {name: self._sent(item) for name, item in kwargs.items()}
        reply = self.ask(target=target, method=method, args=[self._sent(a) for a in args], kwargs=sent)
        for argument, wire in zip(args, reply.get("changed") or (), strict=False):
            if wire is not None:
                _copy(decode(wire), argument)
        return self.value(reply)

    def _sent(self, item: Any) -> dict[str, Any]:
        if type(item) is self._stand_in:
            return {"object": item._number}
        try:
            return {"value": encode(item)}
        except TypeError as error:
            raise self.note(Unjudgeable(f"a call with {error}")) from None

    def _exception(self, reply: dict[str, Any]) -> BaseException:
        return self._class(reply["kinds"])(str(reply["error"][1]))

    def _class(self, kinds: list[str]) -> type[BaseException]:
        """A local class for the code's exception, below the nearest built-in one."""
        name = str(kinds[0])
        known = getattr(builtins, name, None)
        if isinstance(known, type) and issubclass(known, Exception):
            return known
        if name not in self._raised:
            base = next((self._class(kinds[1:]) for _ in kinds[1:2]), RaisedThere)
            usable = issubclass(base, Exception)
            self._raised[name] = type(name, (base if usable else RaisedThere,), {})
        return self._raised[name]


def _copy(value: Any, into: Any) -> None:
    """What the call left in a mutable argument, put into ours."""
    if type(value) is not type(into) or value == into:
        return
    into.clear()
    (into.extend if isinstance(into, list) else into.update)(value)
