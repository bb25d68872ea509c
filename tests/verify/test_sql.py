"""SQL answers are judged by what they return, and can do nothing but read."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from router.domain.kinds import Verdict
from router.verify.sql import Database, find_query, is_ordered

PASSED, FAILED, UNVERIFIED = Verdict.PASSED, Verdict.FAILED, Verdict.UNVERIFIED
FIXTURE = """
CREATE TABLE person (id INTEGER PRIMARY KEY, name TEXT, age REAL);
INSERT INTO person VALUES (1, 'Ana', 30), (2, 'Bo', 25), (3, 'Cy', 35.5);
"""
ENDLESS = "WITH RECURSIVE t(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM t) "
ALL = "SELECT name, age FROM person"


@pytest.fixture(scope="module")
def database() -> Iterator[Database]:
    """One process for all tests."""
    running = Database(limit_s=0.5)
    yield running
    running.close()


@pytest.mark.parametrize(
    ("answer", "reference", "verdict"),
    [
        (ALL, ALL, PASSED),
        ("Here it is:\n```sql\nSELECT name AS n, age FROM person ORDER BY age;\n```\nIt works.", ALL, PASSED),
        ("SELECT name, age FROM person ORDER BY age DESC", ALL + " ORDER BY age", FAILED),
        ("SELECT name, age FROM person ORDER BY age", ALL + " ORDER BY age", PASSED),
        ("SELECT sum(age) FROM person", "SELECT 90.5", PASSED),
        ("SELECT count(*) FROM person", "SELECT 3.0", PASSED),
        (
            "WITH p AS (SELECT * FROM person) SELECT name FROM p WHERE age > 28",
            "SELECT name FROM person WHERE id <> 2",
            PASSED,
        ),
        ("SELECT name FROM person", ALL, FAILED),
        ("SELECT name, age FROM person LIMIT 2", ALL, FAILED),
        ("SELECT name, age FROM persons", ALL, FAILED),
        ("SELECT name, FROM person", ALL, FAILED),
        ("```sql\nDELETE FROM person\n```", ALL, FAILED),
        ("```sql\nSELECT 1; DROP TABLE person\n```", ALL, FAILED),
        ("```sql\nATTACH '/etc/passwd' AS x\n```", ALL, FAILED),
        ("```sql\nPRAGMA database_list\n```", ALL, FAILED),
        ("SELECT load_extension('x')", ALL, FAILED),
        ("SELECT zeroblob(1000000000)", ALL, FAILED),
        ("SELECT sql FROM sqlite_master", "SELECT 1", FAILED),
        (ENDLESS + "SELECT count(*) FROM t", ALL, UNVERIFIED),
        (ENDLESS + "SELECT x FROM t", ALL, FAILED),
        (ALL, "SELECT nothing FROM person", UNVERIFIED),
        ("I do not know.", ALL, UNVERIFIED),
    ],
)
def test_results_are_compared(database: Database, answer: str, reference: str, verdict: Verdict) -> None:
    """Equal rows pass, in order where the reference orders; writing, reaching out and hanging never."""
    assert database.check(answer, reference, FIXTURE).verdict is verdict


@pytest.mark.parametrize(
    "fixture", ["CREATE TABLE", "ATTACH '/tmp/x.db' AS y", "PRAGMA writable_schema = ON"]
)
def test_a_bad_fixture_is_unverified(database: Database, fixture: str) -> None:
    """Broken, or reaching beyond its own tables."""
    finding = database.check(ALL, ALL, fixture)
    assert finding.verdict is UNVERIFIED and finding.evidence.startswith("fixture")


def test_the_order_of_the_outermost_query_counts() -> None:
    """Not that of a part, nor a text that says so."""
    assert is_ordered("SELECT a FROM t ORDER\n BY a")
    assert not is_ordered("SELECT a FROM (SELECT a FROM t ORDER BY a)")
    assert not is_ordered("SELECT 'order by' -- order by")


def test_the_query_is_found_in_prose() -> None:
    """A code block before a statement, the last of several blocks."""
    assert find_query("Try\n```\nSELECT 1\n```\nor\n```sql\nSELECT 2;\n```") == "SELECT 2;"
    assert find_query("The query:\nselect 1\nfrom t;\nIt selects.") == "select 1\nfrom t"
    assert find_query("You select what you want.") is None


@pytest.mark.parametrize("unit", ["\n", " ", "SELECT ", "```sql\n", "(", "'"])
def test_long_answers_of_one_mark_are_no_trap(unit: str) -> None:
    """A hundred thousand characters of it are searched all the same."""
    find_query(unit * (100_000 // len(unit)))
    is_ordered(unit * (10_000 // len(unit)))


@given(st.text(max_size=200))
def test_no_text_makes_the_search_raise(answer: str) -> None:
    """Whatever it is given, it returns."""
    find_query(answer)
    is_ordered(answer)
