"""Finds the final answer in a reply to a mathematics problem. Must not judge it.

In order: the field "answer" of a JSON reply, the last `\\boxed{}`, a line after "####", what follows the last
"answer is" or "answer:", a reply that is one value, and, unanchored, whatever formula or number stands last.
"""

from __future__ import annotations

import re
from collections import deque
from collections.abc import Callable

import orjson

from router.domain.value import value

_LOOKED_AT = 20_000
"""Characters of the end of a reply that are searched."""
_LONGEST = 2_000
_MOST_BOXES = 30
"""Boxes looked at, from the end: one that never closes is read to the end of the reply."""
_FENCED_JSON = re.compile(r"```(?:json)?\s*(\{.*\})\s*```\s*$", re.DOTALL | re.IGNORECASE)
_BOX = re.compile(r"\\(?:boxed|fbox)\s*")
_BETWEEN_BOXES = re.compile(
    r"(?:[\s,$.]|\\[,;\s]|\\q?quad|and|or|und|et|y|\\text\{\s*(?:and|or)\s*\}|\\\)|\\\()*"
)
_HASHES = re.compile(r"^#{4}\s*(\S.*)$", re.MULTILINE)
_PHRASE = re.compile(
    r"""\b(?:answer|result|solution|antwort|ergebnis|lösung|réponse|résultat|respuesta|resultado|resposta|risposta)
    (?: \s*\**\s*(?:[:=]|\bis\b|\bare\b|\bist\b|\best\b|\bes\b|\bé\b|\bè\b)
      | [^.\n:=]{1,60}?\b(?:is|are|equals|ist|lautet|est|es)\b )
    | (?:答案|结果)\s*(?:是|为|[:：])""",
    re.IGNORECASE | re.VERBOSE,
)
_FORMULA = re.compile(
    r"\$\$(.{1,500}?)\$\$|\\\[(.{1,500}?)\\\]|(?<!\\)\$([^$\n]{1,500}?)(?<!\\)\$|\\\((.{1,500}?)\\\)",
    re.DOTALL,
)
"""Bounded, or a reply of opening marks alone would take quadratic time."""
_SENTENCE_END = re.compile(r"[.!?。](?=\s|$)|(?<=[\w}$)*])[.!?](?=\*)")
_NUMBER = re.compile(
    r"(?<![\w.\\])[-−]?\s?\\?[$€£]?\d+(?:,\d{3})*(?:\.\d+)?(?:\s*/\s*\d+)?(?:\s?\\?%)?(?![\w{])"
)
_BARE_VALUE = re.compile(
    r"[*_`$ ]*[-−+]?\\?[$€£]?[\d.][\d,./]*(?: ?\\?%| [^\W\d]{1,12}(?:[/^²³ ]\w{0,10})?)?[*_`$ .]*"
)
_LISTED = re.compile(r"[\s,]*(?:,|and|und|et|y|;)[\s,]*")


@value
class FinalAnswer:
    """An answer's text as written. `anchored`: the reply itself marks it as the answer."""

    text: str
    anchored: bool
    place: str


def final_answer(reply: str) -> FinalAnswer | None:
    """The final answer of `reply`, or None when nothing in it looks like one. Thinking in tags is skipped."""
    text = reply.rpartition("</think>")[2][-_LOOKED_AT:].strip()
    for place, find in _FINDERS:
        found = find(text)
        if found and found.strip() and len(found) <= _LONGEST:
            return FinalAnswer(found.strip(), place != "last", place)
    return None


def numbers(text: str) -> list[str]:
    """Every plain number of `text`, as written."""
    return _NUMBER.findall(text)


def _json_field(text: str) -> str | None:
    if 'answer"' not in text:
        return None
    fenced = _FENCED_JSON.search(text)
    source = fenced.group(1) if fenced else text
    if not source.startswith("{"):
        return None
    try:
        parsed = orjson.loads(source)
    except orjson.JSONDecodeError:
        return None
    answer = parsed.get("answer", parsed.get("final_answer")) if isinstance(parsed, dict) else None
    if isinstance(answer, bool) or not isinstance(answer, str | int | float | list):
        return None
    # A number keeps the digits it was written with: orjson would round a long one to a double.
    written = re.search(r'"(?:final_)?answer"\s*:\s*(-?\d[\d.]*(?:[eE][-+]?\d+)?)', source)
    if isinstance(answer, list):
        return ", ".join(str(part) for part in answer)
    return written.group(1) if written and not isinstance(answer, str) else str(answer)


def _boxed(text: str) -> str | None:
    """The content of the last box; of several that are listed side by side, all."""
    found: list[str] = []
    first_start = len(text)
    for match in reversed(deque(_BOX.finditer(text), maxlen=_MOST_BOXES)):
        content, end = _braced(text, match.end())
        if content is None:
            if found:
                break
            continue
        if found and not _BETWEEN_BOXES.fullmatch(text[end:first_start]):
            break
        found.insert(0, content)
        first_start = match.start()
    # The same value boxed twice is one answer.
    return ", ".join(dict.fromkeys(found)) or None


def _braced(text: str, start: int) -> tuple[str | None, int]:
    """The content of a balanced `{...}` at `start`, or the one token there; and where it ends."""
    if not text.startswith("{", start):
        token = re.compile(r"-?\d+(?:\.\d+)?").match(text, start)
        return (token.group(), token.end()) if token else (None, start)
    depth, place = 0, start
    while place < len(text):
        char = text[place]
        if char == "\\":
            place += 2
            continue
        depth += (char == "{") - (char == "}")
        place += 1
        if depth == 0:
            return text[start + 1 : place - 1], place
    return None, start


def _after_hashes(text: str) -> str | None:
    lines = _HASHES.findall(text)
    return lines[-1] if lines else None


def _after_phrase(text: str) -> str | None:
    last = _last_match(_PHRASE, text)
    if last is None:
        return None
    rest = text[last.end() :].lstrip(" \t\n*:：=_")
    formulas = _listed_formulas(rest)
    if formulas:
        return formulas
    line = rest.partition("\n")[0]
    end = _SENTENCE_END.search(line)
    return (line[: end.start()] if end else line).strip(" *_")


def _listed_formulas(rest: str) -> str | None:
    """The formula at the start of `rest`, with those that follow it in a list."""
    found = _FORMULA.match(rest)
    if found is None:
        return None
    parts, end = [_inner(found)], found.end()
    while (gap := _LISTED.match(rest, end)) and (found := _FORMULA.match(rest, gap.end())):
        parts.append(_inner(found))
        end = found.end()
    unit = re.compile(r"\s?(\\?%|percent\b)").match(rest, end)
    return ", ".join(parts) + (unit.group(1) if unit else "")


def _whole(text: str) -> str | None:
    """A reply that is nothing but one value."""
    return text if _BARE_VALUE.fullmatch(text) else None


def _last(text: str) -> str | None:
    formula, number = _last_match(_FORMULA, text), _last_match(_NUMBER, text)
    if formula is not None and (number is None or number.end() <= formula.end()):
        return _inner(formula).rpartition("=")[2]
    return number.group() if number else None


def _last_match(pattern: re.Pattern[str], text: str) -> re.Match[str] | None:
    return next(iter(deque(pattern.finditer(text), maxlen=1)), None)


def _inner(formula: re.Match[str]) -> str:
    return next(part for part in formula.groups() if part is not None).strip()


_FINDERS: tuple[tuple[str, Callable[[str], str | None]], ...] = (
    ("json", _json_field),
    ("boxed", _boxed),
    ("hashes", _after_hashes),
    ("phrase", _after_phrase),
    ("whole", _whole),
    ("last", _last),
)
