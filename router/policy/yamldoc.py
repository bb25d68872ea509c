"""YAML text to plain data in which every entry knows its line. Knows nothing of kinds or fields.

It reads libyaml's events instead of asking PyYAML for objects, for four reasons: the depth is bounded
before anything recurses; plain words resolve as in YAML 1.2, as editors do it (`no` and `18:00` are texts,
PyYAML would make False and 1080 of them); numbers keep their source text, so that money never passes
through a float; and duplicate keys, tags and aliases are refused with a line.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Union

import yaml

from router.policy.problems import Problem

MAX_BYTES = 1_000_000
MAX_DEPTH = 24
MAX_NODES = 50_000
_MAX_INTEGER_DIGITS = 18

Plain = Union[None, bool, int, float, str, "list[Plain]", "dict[str, Plain]"]
Path = tuple[str | int, ...]

_INTEGER = re.compile(r"[-+]?[0-9]+")
_DECIMAL = re.compile(r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?")
_WORDS: Mapping[str, bool | float | None] = {
    **dict.fromkeys(("", "~", "null", "Null", "NULL")),
    **dict.fromkeys(("true", "True", "TRUE"), True),
    **dict.fromkeys(("false", "False", "FALSE"), False),
    **dict.fromkeys((".inf", ".Inf", ".INF", "+.inf"), float("inf")),
    **dict.fromkeys(("-.inf", "-.Inf", "-.INF"), float("-inf")),
    **dict.fromkeys((".nan", ".NaN", ".NAN"), float("nan")),
}


class SourceFloat(float):
    """A number with a fraction or an exponent, and the text it was written as."""

    text: str

    def __new__(cls, text: str) -> SourceFloat:
        number = super().__new__(cls, text)
        number.text = text
        return number


@dataclass(frozen=True, slots=True)
class SourceDocument:
    """One YAML document. `lines[path]` is the line of the key (mapping) or item (list) at `path`."""

    file: str
    data: Plain
    lines: Mapping[Path, int]

    def line(self, path: Path) -> int:
        """The line of `path`, or of its nearest enclosing entry."""
        while path and path not in self.lines:
            path = path[:-1]
        return self.lines[path]

    def problem(self, path: Path, message: str) -> Problem:
        return Problem(self.file, self.line(path), message)


class _Refused(Exception):
    """Reading cannot go on from here."""

    def __init__(self, line: int, message: str) -> None:
        super().__init__(message)
        self.line = line
        self.message = message


def parse_documents(file: str, content: bytes) -> tuple[list[SourceDocument], list[Problem]]:
    """The YAML documents of a file and what is wrong with it. Raises nothing on any input."""
    try:
        if len(content) > MAX_BYTES:
            raise _Refused(1, f"larger than {MAX_BYTES:,} bytes; split the file")
        reader = _Reader(file, _decode(content))
        documents = reader.documents()
    except _Refused as refused:
        return [], [Problem(file, refused.line, refused.message)]
    if not documents and not reader.problems:
        message = "holds no document; write apiVersion, kind, metadata and spec, or remove the file"
        return [], [Problem(file, 1, message)]
    return documents, reader.problems


def _decode(content: bytes) -> str:
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        raise _Refused(line, "not UTF-8 text; save the file as UTF-8") from None


class _Reader:
    """One pass over the events of a file. `problems` are those that do not stop the reading."""

    def __init__(self, file: str, text: str) -> None:
        self.file = file
        self.problems: list[Problem] = []
        self._text = text
        self._loader = yaml.CSafeLoader(text)
        self._nodes = 0
        self._lines: dict[Path, int] = {}

    def documents(self) -> list[SourceDocument]:
        found = []
        try:
            while not isinstance(event := self._next(), yaml.StreamEndEvent):
                if isinstance(event, yaml.DocumentStartEvent):
                    found.append(self._document())
        finally:
            self._loader.dispose()
        return found

    def _document(self) -> SourceDocument:
        self._lines = {}
        first = self._next()
        self._lines[()] = _line(first)
        data = self._node(first, ())
        return SourceDocument(self.file, data, self._lines)

    def _next(self) -> yaml.Event:
        try:
            event = self._loader.get_event()
        except yaml.MarkedYAMLError as error:
            raise self._syntax_error(error) from None
        except yaml.reader.ReaderError as error:
            line = self._text.encode().count(b"\n", 0, error.position) + 1
            raise _Refused(line, f"not YAML: {error.reason}; save it as plain text") from None
        assert isinstance(event, yaml.Event)
        return event

    @staticmethod
    def _syntax_error(error: yaml.MarkedYAMLError) -> _Refused:
        mark = error.problem_mark or error.context_mark
        said = ", ".join(part for part in (error.context, error.problem) if part)
        hint = "check indentation, colons and quotes here and on the line above"
        return _Refused(mark.line + 1 if mark else 1, f"not YAML: {said}; {hint}")

    def _node(self, event: yaml.Event, path: Path) -> Plain:
        self._nodes += 1
        if self._nodes > MAX_NODES:
            raise _Refused(_line(event), f"more than {MAX_NODES:,} entries; split the file")
        if len(path) > MAX_DEPTH:
            raise _Refused(_line(event), f"nested deeper than {MAX_DEPTH} levels")
        if isinstance(event, yaml.AliasEvent):
            raise _Refused(_line(event), "aliases (*name) are not supported; write the value out")
        if getattr(event, "tag", None) is not None:
            raise _Refused(_line(event), "tags (!name) are not supported; remove it")
        if isinstance(event, yaml.ScalarEvent):
            return self._scalar(event)
        if isinstance(event, yaml.SequenceStartEvent):
            return self._sequence(path)
        return self._mapping(path)

    def _sequence(self, path: Path) -> list[Plain]:
        items: list[Plain] = []
        while not isinstance(event := self._next(), yaml.SequenceEndEvent):
            here = (*path, len(items))
            self._lines[here] = _line(event)
            items.append(self._node(event, here))
        return items

    def _mapping(self, path: Path) -> dict[str, Plain]:
        entries: dict[str, Plain] = {}
        while not isinstance(event := self._next(), yaml.MappingEndEvent):
            if not isinstance(event, yaml.ScalarEvent):
                raise _Refused(_line(event), "a key must be a plain text, written `key: value`")
            key = str(event.value)
            here = (*path, key)
            if key in entries:
                message = f"key '{key}' is given twice, first on line {self._lines[here]}; keep one"
                self.problems.append(Problem(self.file, _line(event), message))
            self._lines.setdefault(here, _line(event))
            value = self._node(self._next(), here)
            entries.setdefault(key, value)
        return entries

    def _scalar(self, event: yaml.ScalarEvent) -> Plain:
        text: str = event.value
        if not event.implicit[0]:
            return text
        if text in _WORDS:
            return _WORDS[text]
        if _INTEGER.fullmatch(text):
            if len(text) > _MAX_INTEGER_DIGITS:
                raise _Refused(_line(event), "number with too many digits; quote it if it is a text")
            return int(text)
        return SourceFloat(text) if _DECIMAL.fullmatch(text) else text


def _line(event: yaml.Event) -> int:
    return event.start_mark.line + 1 if event.start_mark else 1
