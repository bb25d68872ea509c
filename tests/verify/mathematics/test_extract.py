"""The final answer is found where a reader would find it, and nowhere else."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from router.verify.mathematics.extract import final_answer

REPLIES = [
    (r"So the result is $\boxed{\frac{1}{2}}$.", r"\frac{1}{2}", "boxed"),
    (r"\boxed{1} was a first guess. In the end \boxed{2}.", "2", "boxed"),
    (r"$\boxed{x=2}$ and $\boxed{x=3}$", "x=2, x=3", "boxed"),
    (r"\boxed{\text{a \} b} and {c}}", r"\text{a \} b} and {c}", "boxed"),
    (r"\boxed 7", "7", "boxed"),
    (r"\boxed{unfinished", "7", None),
    ('{"reasoning": "6 * 7", "answer": 42}', "42", "json"),
    ('```json\n{"answer": "1/2"}\n```', "1/2", "json"),
    ('{"answer": 12345678901234567890123}', "12345678901234567890123", "json"),
    ("He pays 5 * 4 = 20.\n#### 20", "20", "hashes"),
    ("The answer is 1,234. I hope that helps.", "1,234", "phrase"),
    ("**Answer:** $x = 5$", "x = 5", "phrase"),
    ("**Final Answer**\n\n204", "204", "last"),
    ("Answer:\n\n**12**", "12", "phrase"),
    (r"The solutions are: \(2\) and \(3\).", "2, 3", "phrase"),
    ("Die Antwort lautet 3.5.", "3.5", "phrase"),
    ("La respuesta es 12.", "12", "phrase"),
    ("答案是42。", "42", "phrase"),
    ("The answer is $5$%.", "5%", "phrase"),
    ("Therefore it takes 204 minutes.", "204", "last"),
    ("We conclude that $x = \\frac{3}{4}$.", r"\frac{3}{4}", "last"),
    ("<think>The answer is 5.</think>The answer is 6.", "6", "phrase"),
]


@pytest.mark.parametrize(("reply", "text", "place"), [one for one in REPLIES if one[2]])
def test_the_answer_is_found(reply: str, text: str, place: str) -> None:
    """Boxes, JSON fields, phrases in several languages and the last value, in this order."""
    found = final_answer(reply)
    assert found is not None
    assert (found.text.replace(" ", ""), found.place) == (text.replace(" ", ""), place)


@pytest.mark.parametrize(
    "reply", ["", "I do not know.", r"\boxed{}", r"\boxed{unfinished", '{"answer": true}']
)
def test_nothing_is_made_up(reply: str) -> None:
    """No number and no mark: no answer."""
    assert final_answer(reply) is None


def test_only_marked_answers_are_anchored() -> None:
    """The last number of a text is a guess, a box is not."""
    boxed, last = final_answer(r"\boxed{3}"), final_answer("It is 3")
    assert boxed is not None and boxed.anchored
    assert last is not None and not last.anchored


@pytest.mark.parametrize(
    "unit", ["\\[", "\\(", "$$", "\\boxed{", '```{"answer"}', "answer is ", "1,", "\n", "#### "]
)
def test_long_replies_of_one_mark_are_no_trap(unit: str) -> None:
    """A hundred thousand characters of it are searched all the same."""
    final_answer(unit * (100_000 // len(unit)))


@given(st.text(alphabet="\\boxed{}$answer is:0123.,/#*\n() ", max_size=400))
def test_no_text_makes_it_raise(reply: str) -> None:
    """Whatever it is given, it returns."""
    final_answer(reply)
