"""Handling labels written on a document: RESTRICTED, STRICTLY CONFIDENTIAL, internal use only, 机密 ...

A label is a line of its own, the start of a header line, the end of an upper-case footer, a
"Classification:" field or a bracketed stamp. A sentence that merely uses such a word is none of these.
One pass over line ends finds the few lines that could be one; only those are read closely.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import chain

from router.domain.kinds import DataClass

_ALTERNATIVES = {
    DataClass.RESTRICTED: "strictly confidential|highly confidential|highly restricted|strictly private"
    "|top secret|restricted|streng vertraulich|streng geheim|strictement confidentiel|diffusion restreinte"
    "|très secret|estrictamente confidencial|alto secreto|estritamente confidencial"
    "|strettamente riservato|strettamente confidenziale|segretissimo|strikt vertrouwelijk|zeer geheim"
    "|строго конфиденциально|совершенно секретно|绝密|絕密|極秘|극비|سري للغاية|अति गोपनीय",
    DataClass.CONFIDENTIAL: "private and confidential|private & confidential|company confidential"
    "|commercial in confidence|confidential|secret|vertraulich|geheim|confidentielle|confidentiel"
    "|confidencial|reservado|riservato|confidenziale|vertrouwelijk|конфиденциально|секретно"
    "|机密|機密|秘密|保密|대외비|기밀|سري|गोपनीय",
    DataClass.INTERNAL: "for internal use only|for internal use|internal use only|internal only|internal"
    "|nur für den internen gebrauch|nur für den dienstgebrauch|nur intern|intern|usage interne uniquement"
    "|à usage interne|usage interne|interne|solo para uso interno|para uso interno|uso interno|interno"
    "|alleen voor intern gebruik|для внутреннего пользования|для служебного пользования"
    "|内部资料|仅限内部使用|内部使用|社外秘|部外秘|사내 한정",
}
_FIELDS = (
    "classification|sensitivity|data classification|data class|document classification"
    "|security classification|information classification|vertraulichkeit|klassifizierung|schutzklasse"
    "|clasificación|classificação|classificazione|密级|機密区分"
)
_AMBIGUOUS = frozenset({"secret", "geheim", "internal", "intern", "interne", "interno", "reservado"})
"""Single words that head ordinary lines too; a label only in capitals or in a field."""

_ASCII_DECORATION = " \t>*#_=~|[({<\"'-"
_DECORATION = _ASCII_DECORATION + "【「•"
_LABEL = re.compile(
    "|".join(f"(?P<{name}>{text})" for name, text in _ALTERNATIVES.items()).join(
        ("(?:", r")(?:(?<=[\u3400-\u9fff\uac00-\ud7a3])|(?!\w))")
    ),
    re.IGNORECASE,
)
_FIELD = re.compile(rf"(?:{_FIELDS})[ \t]{{0,4}}[:=：][ \t*_\"'\[(]{{0,8}}", re.IGNORECASE)
_HEADER = re.compile(r"[ \t]{0,4}(?:[:：]|[ \t][-–—|/]{1,4}[ \t])")
_STAMP = re.compile(
    r"[ \t]{0,4}(?:[:：.,;|/\])}】」*!–—]|-{1,4}[ \t]|(?:only|document|information|data|material|use|until)\b"
    r"|文件|资料|資料|書類|문서)",
    re.IGNORECASE,
)


def _stems(alternatives: str) -> str:
    """Which lines are worth reading: the first five characters of each alternative in either case,
    grouped by the first, written without IGNORECASE so that the engine rejects a line on one character.
    Groups outside ASCII stand behind one test, since there are more of them than lines that need them."""
    groups: dict[str, set[str]] = {}
    for text in alternatives.split("|"):
        groups.setdefault(_either(text[0]), set()).add("".join(map(_either, text[1:5])))
    either = [f"{first}(?:{'|'.join(sorted(rest))})" for first, rest in groups.items()]
    ascii_groups = "|".join(group for group, first in zip(either, groups, strict=True) if first.isascii())
    others = "|".join(group for group, first in zip(either, groups, strict=True) if not first.isascii())
    return rf"{ascii_groups}|(?![\x00-\x7f])(?:{others})"


def _either(char: str) -> str:
    return f"[{char}{char.upper()}]" if char.upper() != char else re.escape(char)


_EVERY = "|".join((*_ALTERNATIVES.values(), _FIELDS))
_INITIALS = {c for text in _EVERY.split("|") for c in (text[0], text[0].upper())}
_NO_INITIAL = re.escape("".join(chr(c) for c in range(128) if chr(c) not in _INITIALS))
"""What rejects most lines at once: an ASCII class, which the engine tests by one bit."""
_LINE = re.compile(
    r"\n(?:(?P<footer>(?<=[A-Z]{2}\n)(?:(?<=CONFIDENTIAL\n)|(?<=RESTRICTED\n)|(?<=TOP SECRET\n)"
    r"|(?<=INTERNAL USE ONLY\n)|(?<=INTERNAL ONLY\n)|(?<=VERTRAULICH\n)|(?<=CONFIDENTIEL\n)"
    r"|(?<=CONFIDENCIAL\n)|(?<=RISERVATO\n)))"
    rf"|[{re.escape(_ASCII_DECORATION)}]{{0,12}}+[【「•]?(?![{_NO_INITIAL}])(?:{_stems(_EVERY)}))"
)

_STAMPED = re.compile(rf"\[(?![{_NO_INITIAL}])(?=(?:{_stems(_EVERY)}))([^\[\]\n]{{2,48}})\]")


def labelled(framed: str) -> DataClass | None:
    """The strictest handling label of a text that begins and ends with a newline, None without one.
    Linear; about 0.3 us per 1000 characters plus 0.1 us per line."""
    # Nearly every text has no candidate at all, so nothing is set up before there is one.
    line = _LINE.search(framed)
    stamp = _STAMPED.search(framed) if "[" in framed else None
    if line is None and stamp is None:
        return None
    lines = _lines(framed, line.start()) if line is not None else ()
    stamps = _stamps(framed, stamp.start()) if stamp is not None else ()
    strictest: DataClass | None = None
    for found in chain(lines, stamps):
        if strictest is None or found.rank > strictest.rank:
            strictest = found
        if strictest is DataClass.RESTRICTED:
            break
    return strictest


def _lines(framed: str, start: int) -> Iterator[DataClass]:
    """Each distinct candidate from `start` on is read once: a footer repeats on every page."""
    heads, footers = set(), set()
    for match in _LINE.finditer(framed, start):
        start = match.start()
        if match["footer"] is not None:
            footers.add(framed[max(0, start - 24) : start].rpartition("\n")[2])
        heads.add(framed[start + 1 : start + 161].partition("\n")[0])
    for footer in footers:
        yield from (_class_of(label) for label in _LABEL.finditer(footer))
    for line in heads:
        found = _read_line(line)
        if found is not None:
            yield found


def _stamps(text: str, start: int) -> Iterator[DataClass]:
    """Bracketed stamps from `start` on: "[CONFIDENTIAL]", "[Internal use only]"."""
    for match in _STAMPED.finditer(text, start):
        label = _LABEL.fullmatch(match[1].strip())
        if label is not None and _written_as_label(label[0]):
            yield _class_of(label)


def _read_line(line: str) -> DataClass | None:
    """What one line is labelled as, decoration around the label aside."""
    bare = line.strip(_DECORATION)
    field = _FIELD.match(bare)
    if field is not None:
        value = _LABEL.match(bare, field.end())
        return _class_of(value) if value is not None else None
    label = _LABEL.match(bare)
    if label is None or not _written_as_label(label[0]):
        return None
    rest = bare[label.end() :]
    alone = not any(map(str.isalnum, rest))
    shouted = label[0].upper() == label[0]
    if alone or _HEADER.match(rest) or (shouted and _STAMP.match(rest)):
        return _class_of(label)
    return None


def _written_as_label(label: str) -> bool:
    """Whether its case is that of a label: capitals, a capital, or a set phrase of several words."""
    if label.upper() == label:
        return True
    return " " in label or (label[0].isupper() and label.lower() not in _AMBIGUOUS)


def _class_of(label: re.Match[str]) -> DataClass:
    return DataClass(label.lastgroup or DataClass.INTERNAL)
