"""Explicit signs that a text is sensitive: labels at line starts, payment and identity numbers, secrets.

The whole text of every turn is searched, because a label may stand anywhere. Each pattern begins with
one literal character, which the regex engine skips to at about 0.3 ns a character, and repeats nothing
without a bound, so cost is linear. It must not read meaning: the word "confidential" in a sentence is no
label. A miss here is no proof that content is public.
"""

from __future__ import annotations

import re

from router.classify.labels import labelled
from router.classify.text import BYTE_CLASSES
from router.domain.kinds import DataClass

# On byte classes (A upper, a lower, 0 digit): what the digits of these can look like. Long literal
# beginnings, so that years and amounts cost next to nothing.
_RUN = re.compile(rb"0000")
"""An account has four digits in a row somewhere; as a pattern it is found twice as fast as by `in`."""
_LIKELY = re.compile(rb"0000(?:(?<=000-00-0000)|0{9}|[ -](?:0{4}[ -]0{4}[ -]0|0{6}[ -]0{4}))")
"""What `_DIGITS` needs at least. Sought in the outline, where letters left out can only bring digits
together, so that years and order numbers are dismissed in a tenth of the time."""
_ZERO = ord("0")
"""A number, because `in` looks for a bytes object of one byte five times slower than for its value."""
_DIGITS = re.compile(
    rb"0000(?:(?<=[^Aa0-]000-00-0000)|0{9,15}|[ -](?:0{4}[ -]0{4}[ -]0{1,7}|0{6}[ -]0{4,5}))(?![0-])"
)
_ACCOUNT = re.compile(rb"AA00(?<![Aa0]AA00)(?: ?[A0]{4}){2,7}(?: ?[A0]{1,4})?(?![Aa0])")

# Issuer prefixes of payment cards with the lengths in use (ISO/IEC 7812 ranges as the schemes publish them).
_CARD = re.compile(
    r"4(?:\d{12}|\d{15}|\d{18})|5[1-5]\d{14}|2(?:22[1-9]|2[3-9]\d|[3-6]\d\d|7[01]\d|720)\d{12}"
    r"|3[47]\d{13}|6(?:011|5\d\d|4[4-9]\d)\d{12}|3(?:0[0-5]|[68]\d)\d{11}|35(?:2[89]|[3-8]\d)\d{12}"
    r"|62\d{14,17}"
)

_HYPHENED = re.compile(
    r"-(?:----BEGIN (?:[A-Z0-9]{1,12} ){0,3}(?P<key>PRIVATE KEY)"
    r"|(?<=[kabprst]-)(?:(?<=\bsk-)|(?<=\bxox[abprs]-)|(?<=\bglpat-))[A-Za-z0-9_-]{20})"
)
_UNDERSCORED = re.compile(
    r"_(?<=[opsurtefm]_)(?:(?<=\bgh[opsur]_)|(?<=\bgithub_pat_)|(?<=\b[srp]k_live_)|(?<=\bhf_)|(?<=\bnpm_))[A-Za-z0-9_]{20}"
)
_AWS = re.compile(r"K(?<=AK)IA[0-9A-Z]{16}(?![0-9A-Za-z])")
_JWT = re.compile(r"J(?<=\beyJ)(?:hbGciOi|0eXAiOi|raWQiOi|lbmMiOi)[A-Za-z0-9_-]{8}")
"""The base64url form of a header that begins with "alg", "typ", "kid" or "enc"."""


_RESTRICTED, _CONFIDENTIAL = DataClass.RESTRICTED, DataClass.CONFIDENTIAL
"""Under names of their own, because Python 3.11 is slow to find an enum's member."""


def strictest(text: str, data: bytes, shape: bytes) -> DataClass | None:
    """The strictest class any marker gives, None without a marker.

    `text`: one turn with a newline before and after; `data`: its UTF-8; `shape`: its outline."""
    label = labelled(text)
    if label is _RESTRICTED:
        return label
    secret = _secret(text)
    if secret is not None:
        return secret
    if label is not _CONFIDENTIAL and _ZERO in shape and _personal_number(data, shape):
        return _CONFIDENTIAL
    return label


def _secret(text: str) -> DataClass | None:
    """RESTRICTED for a private key block, CONFIDENTIAL for an access token, by issuer formats."""
    if "-" in text and _HYPHENED.search(text) is not None:
        if any(match["key"] for match in _HYPHENED.finditer(text)):
            return _RESTRICTED
        return _CONFIDENTIAL
    if "_" in text and _UNDERSCORED.search(text):
        return _CONFIDENTIAL
    if ("K" in text and _AWS.search(text)) or ("J" in text and _JWT.search(text)):
        return _CONFIDENTIAL
    return None


def _personal_number(data: bytes, shape: bytes) -> bool:
    """Whether a payment card, US social security number or bank account passes its own check."""
    account = shape.find(b"AA00") >= 0 and _RUN.search(shape) is not None
    if not account and _LIKELY.search(shape) is None:
        return False
    classes = shape if len(shape) == len(data) else data.translate(BYTE_CLASSES)
    for match in _DIGITS.finditer(classes):
        start, end = match.span()
        if end - start == 4:
            if social_security(data[end - 11 : end].decode("ascii")):
                return True
        elif classes[start - 1] not in b"0-" and card(_compact(data, match)):
            return True
    return account and any(iban(_compact(data, match)) for match in _ACCOUNT.finditer(classes))


def _compact(data: bytes, match: re.Match[bytes]) -> str:
    return data[match.start() : match.end()].translate(None, b" \t-").decode("ascii")


def social_security(number: str) -> bool:
    """A US number NNN-NN-NNNN in a range the Social Security Administration has ever issued."""
    area, group, serial = number.split("-")
    return area not in ("000", "666") and area[0] != "9" and group != "00" and serial != "0000"


def card(digits: str) -> bool:
    """A known issuer's prefix and length, and a right check digit."""
    return _CARD.fullmatch(digits) is not None and luhn(digits)


def luhn(digits: str) -> bool:
    """The check digit of ISO/IEC 7812-1."""
    doubled = (sum(divmod(2 * int(d), 10)) for d in digits[-2::-2])
    return (sum(map(int, digits[::-2])) + sum(doubled)) % 10 == 0


def iban(account: str) -> bool:
    """The mod-97 check of ISO 13616, on 15 to 34 characters without spaces."""
    if not 15 <= len(account) <= 34:
        return False
    return int("".join(str(int(c, 36)) for c in account[4:] + account[:4])) % 97 == 1
