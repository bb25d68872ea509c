"""Data-class markers: what must raise the class, and the ordinary prose that must not."""

from __future__ import annotations

import pytest

from router.classify.heuristic import HeuristicClassifier
from router.classify.markers import card, iban, luhn, social_security
from router.classify.port import Conversation, Turn
from router.domain.kinds import DataClass
from tests.classify.cases import user

RESTRICTED, CONFIDENTIAL, INTERNAL = DataClass.RESTRICTED, DataClass.CONFIDENTIAL, DataClass.INTERNAL

MARKED = (
    ("RESTRICTED\nMinutes of the board", RESTRICTED),
    ("STRICTLY CONFIDENTIAL: merger terms", RESTRICTED),
    ("Notes\n  ** Strictly Confidential **\nbody", RESTRICTED),
    ("Classification: Restricted\nbody", RESTRICTED),
    ("- Sensitivity: **Confidential**", CONFIDENTIAL),
    ("> CONFIDENTIAL - do not forward", CONFIDENTIAL),
    ("Confidential: salary bands", CONFIDENTIAL),
    ("CONFIDENTIAL DOCUMENT\n", CONFIDENTIAL),
    ("Page 3 of 9    CONFIDENTIAL\nnext page", CONFIDENTIAL),
    ("Subject: [Confidential] reorganisation", CONFIDENTIAL),
    ("internal use only", INTERNAL),
    ("For internal use only.", INTERNAL),
    ("INTERNAL ONLY\nroadmap", INTERNAL),
    ("VERTRAULICH - Entwurf", CONFIDENTIAL),
    ("STRENG VERTRAULICH", RESTRICTED),
    ("Nur für den internen Gebrauch", INTERNAL),
    ("CONFIDENTIEL : plan social", CONFIDENTIAL),
    ("USO INTERNO", INTERNAL),
    ("СТРОГО КОНФИДЕНЦИАЛЬНО", RESTRICTED),
    ("机密文件\n正文", CONFIDENTIAL),
    ("社外秘\n本文", INTERNAL),
    ("대외비", CONFIDENTIAL),
    ("pay with 4111 1111 1111 1111 please", CONFIDENTIAL),
    ("amex 3782-822463-10005", CONFIDENTIAL),
    ("card 5555555555554444.", CONFIDENTIAL),
    ("IBAN DE89 3704 0044 0532 0130 00", CONFIDENTIAL),
    ("IBAN\tDE89\t3704\t0044\t0532\t0130\t00", CONFIDENTIAL),
    ("card\t4111\t1111\t1111\t1111", CONFIDENTIAL),
    ("to GB29NWBK60161331926819 today", CONFIDENTIAL),
    ("SSN: 123-45-6789", CONFIDENTIAL),
    ("-----BEGIN RSA PRIVATE KEY-----\nMIIE", RESTRICTED),
    ('{"private_key": "-----BEGIN PRIVATE KEY-----\\nMIIE"}', RESTRICTED),
    ("key sk-proj-abcdefghijklmnop1234567890", CONFIDENTIAL),
    ("token=ghp_abcdefghijklmnopqrstuvwxyz0123456789", CONFIDENTIAL),
    ("AKIAIOSFODNN7EXAMPLE", CONFIDENTIAL),
    ("Authorization: Bearer eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0NTY3ODkwIn0.sig", CONFIDENTIAL),
)

PLAIN = (
    "Confidential information must be stored safely, our handbook says.",
    "Is it a secret that the list is confidential and restricted?",
    "What does restricted mean in a legal contract?",
    "INTERNAL SERVER ERROR while calling the API",
    "Internal: notes of the team",
    "intern\nextern",
    "SECRET SANTA list for the office",
    "Secret: stir slowly.",
    "The restricted area is closed.",
    "RESTRICTED AREA SIGNS are red",
    "保密性是信息安全的三要素之一。",
    "order 4111 1111 1111 1112 shipped",
    "id 1234567890123456",
    "DE89 3704 0044 0532 0130 01",
    "DE89\t3704\t0044\t0532\t0130\t01",
    "call 000-12-3456 or 555-12-34567",
    "task-oriented-programming-language-design-patterns",
    "-----BEGIN CERTIFICATE-----",
    "In 2024 and 2025 we sold 10000 units for $12,500.",
    "2024-12-31 23:59:59.000000001 20241231235959",
)


@pytest.mark.parametrize(("text", "expected"), MARKED)
def test_a_marker_sets_the_class(classifier: HeuristicClassifier, text: str, expected: DataClass) -> None:
    """An explicit label, a valid number or a secret gives the class it stands for."""
    assert classifier.classify(user(text)).data_class is expected


@pytest.mark.parametrize("text", PLAIN)
def test_ordinary_text_has_no_class(classifier: HeuristicClassifier, text: str) -> None:
    """Prose that uses such words, and numbers that fail their check, mark nothing."""
    assert classifier.classify(user(text)).data_class is None


@pytest.mark.parametrize("role", ["system", "user", "assistant", "tool"])
@pytest.mark.parametrize("padding", [0, 1000, 200_000])
def test_a_marker_counts_in_any_turn_at_any_depth(
    classifier: HeuristicClassifier, role: str, padding: int
) -> None:
    """A label in the middle of a long text of any role is found, and the strictest one wins."""
    filler = "An ordinary sentence about the weather.\n" * (padding // 40)
    turns = (
        Turn("user", "internal use only"),
        Turn(role, f"{filler}\nRESTRICTED\n{filler}"),
        Turn("user", "Summarize it."),
    )
    assert classifier.classify(Conversation(turns)).data_class is RESTRICTED


def test_check_digits_are_checked() -> None:
    """Luhn, mod-97 and social-security ranges accept the published examples and reject a changed digit."""
    assert luhn("79927398713") and not luhn("79927398710")
    assert card("6011111111111117") and not card("9011111111111117")
    assert iban("FR1420041010050500013M02606") and not iban("FR1420041010050500013M02607")
    assert social_security("078-05-1120") and not social_security("666-05-1120")
