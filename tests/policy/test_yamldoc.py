"""YAML text to plain data with lines, and refusal of everything that is not plain YAML."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from router.policy.yamldoc import MAX_BYTES, MAX_DEPTH, MAX_NODES, SourceFloat, parse_documents


def _refused(content: bytes) -> str:
    documents, problems = parse_documents("f.yaml", content)
    assert documents == []
    return "\n".join(str(problem) for problem in problems)


def test_every_entry_knows_its_line() -> None:
    """Keys and list items have the line they are written on, across comments and documents."""
    text = b"# c\na:\n  b: 1\n  c:\n    - x\n    - {d: y}\n---\ne: 2\n"
    (first, second), problems = parse_documents("f.yaml", text)
    assert problems == []
    assert first.data == {"a": {"b": 1, "c": ["x", {"d": "y"}]}}
    assert dict(first.lines) == {
        (): 2,
        ("a",): 2,
        ("a", "b"): 3,
        ("a", "c"): 4,
        ("a", "c", 0): 5,
        ("a", "c", 1): 6,
        ("a", "c", 1, "d"): 6,
    }
    assert second.line(("e", "nowhere", 3)) == 8


def test_plain_words_are_what_yaml_1_2_says() -> None:
    """No country turns false, no time of day turns into seconds, no octal and no date is invented."""
    text = b"[no, on, yes, 18:00, 010, 2025-01-01, 1_000, 'true', true, ~, '', 1e3, .5, =]"
    (document,), _ = parse_documents("f.yaml", text)
    assert document.data == [
        "no", "on", "yes", "18:00", 10, "2025-01-01", "1_000", "true", True, None, "", 1000.0, 0.5, "=",
    ]  # fmt: skip


def test_a_number_keeps_its_text() -> None:
    """A fraction knows the digits it was written with, so that money needs no float."""
    (document,), _ = parse_documents("f.yaml", b"0.30000000000000000001")
    assert isinstance(document.data, SourceFloat)
    assert document.data.text == "0.30000000000000000001"


def test_a_repeated_key_is_reported_and_the_first_one_kept() -> None:
    """Both lines are named; reading goes on to find more."""
    (document,), problems = parse_documents("f.yaml", b"a: 1\nb: {x: 1, x: 2}\na: 3\n")
    assert document.data == {"a": 1, "b": {"x": 1}}
    assert [str(problem) for problem in problems] == [
        "f.yaml:2: key 'x' is given twice, first on line 2; keep one",
        "f.yaml:3: key 'a' is given twice, first on line 1; keep one",
    ]


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        (b"", "f.yaml:1: holds no document; write apiVersion, kind, metadata and spec, or remove"),
        (b"# only a comment\n", "f.yaml:1: holds no document"),
        (b"a: 1\n\xff\xfe\n", "f.yaml:2: not UTF-8 text; save the file as UTF-8"),
        (b"a: 1\nb: \x07\n", "f.yaml:2: not YAML: control characters are not allowed"),
        (b"a: 1\n b: 2\n", "f.yaml:2: not YAML: mapping values are not allowed in this context"),
        (b"a: [1, 2\nb: 3\n", "f.yaml:2: not YAML: "),
        (b"\tx: 1\n", "f.yaml:1: not YAML: "),
        (b"a: &x 1\nb: *x\n", "f.yaml:2: aliases (*name) are not supported; write the value out"),
        (b"a: !!python/object/apply:os.system [ls]\n", "f.yaml:1: tags (!name) are not supported"),
        (b"a: 1\n? [b]\n: c\n", "f.yaml:2: a key must be a plain text, written `key: value`"),
        (b"a: 12345678901234567890\n", "f.yaml:1: number with too many digits; quote it"),
        (b"[" * 500_000, f"f.yaml:1: nested deeper than {MAX_DEPTH} levels"),
        (b"- " * 100_000, f"f.yaml:1: nested deeper than {MAX_DEPTH} levels"),
        (b"{a: " * 100_000, f"f.yaml:1: nested deeper than {MAX_DEPTH} levels"),
        (b"- 1\n" * (MAX_NODES + 1), f"f.yaml:{MAX_NODES}: more than 50,000 entries; split the file"),
        (b"#" * (MAX_BYTES + 1), "f.yaml:1: larger than 1,000,000 bytes; split the file"),
    ],
)
def test_what_is_not_plain_yaml_is_refused_with_a_line(content: bytes, expected: str) -> None:
    """One problem that names the line and what would be right; nothing is half-read."""
    assert _refused(content).startswith(expected)


def test_a_bomb_of_anchors_is_refused_before_it_grows() -> None:
    """Nested aliases (a billion laughs) end at the first alias."""
    bomb = b"a: &a [x]\n" + b"".join(b"%c: &%c [*%c,*%c]\n" % (c + 1, c + 1, c, c) for c in range(97, 110))
    assert _refused(bomb) == "f.yaml:2: aliases (*name) are not supported; write the value out"


@given(st.binary(max_size=300))
def test_any_bytes_are_read_or_refused(content: bytes) -> None:
    """No input raises; every problem has a line of the file."""
    documents, problems = parse_documents("f.yaml", content)
    assert documents or problems
    assert all(1 <= problem.line <= content.count(b"\n") + content.count(b"\r") + 2 for problem in problems)


@given(st.text(alphabet="ab:{}[]-?*&!|>'\"#%@,\n \t01~.", max_size=120))
def test_any_punctuation_is_read_or_refused(text: str) -> None:
    """Text made of YAML's own characters is read or refused, never an exception."""
    documents, problems = parse_documents("f.yaml", text.encode())
    assert documents or problems
