"""The judge's end: stand-ins for the functions and objects of the code, which live in another process.

A stand-in never lets the code decide a comparison with a plain value, or a sum: a class with an `__eq__`
that is always true, or whose differences are always 0, would pass every test. That is `Unjudgeable`.
"""

from __future__ import annotations

from .link import Link, Unjudgeable

TYPE_CHECKING = False  # importing `typing` would take longer than all the rest
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from typing import Any


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
