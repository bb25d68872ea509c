"""The form an answer must have: bullets, highlights, sections, JSON, a title, one of three fixed answers."""

from __future__ import annotations

import re

import orjson

from router.verify.constraints.outcome import AT_LEAST, Outcome, amount

_CONSTRAINED = ("My answer is yes.", "My answer is no.", "My answer is maybe.")
_ONCE = re.compile(r"\*[^\n*]*\*")
_TWICE = re.compile(r"\*\*[^\n*]*\*\*")
_FENCES = ("```json", "```Json", "```JSON", "```")


def number_bullet_lists(answer: str, num_bullets: int) -> Outcome:
    """Exactly so many lines that begin with `* ` or `-`."""
    found = sum(map(_is_bullet, answer.split("\n")))
    return None if found == num_bullets else f"{found} bullets, asked for {num_bullets}"


def number_highlighted_sections(answer: str, num_highlights: int) -> Outcome:
    """At least so many parts between asterisks."""
    marked = [*_ONCE.findall(answer), *_TWICE.findall(answer)]
    return amount(
        sum(bool(part.strip("*").strip()) for part in marked), AT_LEAST, num_highlights, "highlights"
    )


def multiple_sections(answer: str, section_spliter: str, num_sections: int) -> Outcome:
    """At least so many sections, each under the splitter and a number."""
    found = len(re.findall(rf"{re.escape(section_spliter)}\s?\d+", answer))
    return amount(found, AT_LEAST, num_sections, f"sections under {section_spliter!r}")


def json_format(answer: str) -> Outcome:
    """The whole answer is JSON, in a code fence or bare."""
    text = answer.strip()
    for fence in _FENCES:
        text = text.removeprefix(fence)
    try:
        orjson.loads(text.removesuffix("```").strip())
    except (orjson.JSONDecodeError, UnicodeEncodeError):
        return "not JSON"
    return None


def title(answer: str) -> Outcome:
    """A title in double angular brackets, on one line."""
    return None if any(map(_has_title, answer.split("\n"))) else "no title in <<double angular brackets>>"


def constrained_response(answer: str) -> Outcome:
    """Contains one of the three answers "My answer is yes.", "... no." and "... maybe."."""
    return None if any(one in answer for one in _CONSTRAINED) else "none of the three fixed answers"


def _is_bullet(line: str) -> bool:
    text = line.lstrip()
    return text.startswith("-") or (text.startswith("*") and not text.startswith("**"))


def _has_title(line: str) -> bool:
    start, end = line.find("<<"), line.rfind(">>")
    return 0 <= start < end - 2 and bool(line[start:end].lstrip("<").rstrip(">").strip())
