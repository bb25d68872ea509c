"""The judge's end: stand-ins for the functions and objects of the code, which live in another process.

A stand-in never lets the code decide a comparison with a plain value, or a sum: a class with an `__eq__`
that is always true, or whose differences are always 0, would pass every test. That is `Unjudgeable`.
"""

from __future__ import annotations

import builtins
from collections.abc import Callable, Iterator

from .codec import decode, encode
from .pipes import Lines, write_line

TYPE_CHECKING = False  # importing `typing` would take longer than all the rest
if TYPE_CHECKING:
    from typing import Any


class Unjudgeable(BaseException):
    """The test asks for something that cannot be decided apart from the code. No test may catch it."""


class Ended(BaseException):
    """The code's process is gone, or does not keep to the protocol."""


class RaisedThere(Exception):
    """The code raised an exception of a class that is not built in."""


class Link:
    """Asks the code's process, one request at a time."""

    def __init__(self, replies: int, asks: int) -> None:
        self._lines = Lines(replies)
        self._asks = asks
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
            return Proxy(self, int(reply["object"]))
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
        if isinstance(item, Proxy):
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


class Proxy:
    """Stands for an object of the code."""

    __slots__ = ("_link", "_number")

    def __init__(self, link: Link, number: int) -> None:
        self._link = link
        self._number = number

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        return self._link.call(self._number, "()", args, kwargs)

    def __getattr__(self, name: str) -> Any:
        return self._link.value(self._link.ask(target=self._number, attribute=name))

    def __instancecheck__(self, instance: Any) -> bool:
        if not isinstance(instance, Proxy):
            return False
        return bool(self._link.call(self._number, "isinstance", (instance,), {}))

    def __iter__(self) -> Iterator[Any]:
        iterator = self._link.call(self._number, "__iter__", (), {})
        while True:
            try:
                yield iterator.__next__()
            except StopIteration:
                return

    def __next__(self) -> Any:
        return self._link.call(self._number, "__next__", (), {})

    def __hash__(self) -> int:
        raise self._link.note(Unjudgeable("the hash of an object of the code's own class"))

    def __eq__(self, other: object) -> bool:
        return bool(_together(self, "__eq__", other))

    def __ne__(self, other: object) -> bool:
        return bool(_together(self, "__ne__", other))


def _together(proxy: Proxy, method: str, other: object) -> Any:
    if not isinstance(other, Proxy):
        kind = f"{method.strip('_')} with a plain value, which an object of the code's own class would decide"
        raise proxy._link.note(Unjudgeable(kind))
    return proxy._link.call(proxy._number, method, (other,), {})


def _forwarded(method: str) -> Callable[..., Any]:
    def run(self: Proxy, *args: Any) -> Any:
        return self._link.call(self._number, method, args, {})

    return run


for _method in (
    *("__len__", "__getitem__", "__setitem__", "__delitem__", "__str__", "__repr__", "__int__", "__float__"),
    *("__neg__", "__bool__"),
):
    setattr(Proxy, _method, _forwarded(_method))
for _method in (
    *("__lt__", "__le__", "__gt__", "__ge__", "__add__", "__sub__", "__mul__", "__truediv__", "__matmul__"),
    *("__radd__", "__rsub__", "__rmul__", "__rtruediv__", "__and__", "__or__", "__mod__", "__floordiv__"),
):
    setattr(Proxy, _method, lambda self, other, _m=_method: _together(self, _m, other))
