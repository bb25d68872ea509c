"""The material of the code check's bench is what it says it is."""

from __future__ import annotations

import ast
import inspect

import pytest

from tests.bench import code_solutions, code_solutions_again
from tests.bench.code_checks import wilson
from tests.bench.code_mutants import mutants
from tests.bench.code_problems import PROBLEMS, Problem
from tests.bench.code_samples import cases


@pytest.mark.parametrize("problem", PROBLEMS, ids=lambda problem: problem.name)
def test_both_solutions_agree_and_no_mutant_is_the_original(problem: Problem) -> None:
    """Two ways to the same values, and one slip in each mutant."""
    other = getattr(code_solutions_again, problem.name)
    for given, value in cases(problem):
        assert other(*given) == value
    source = inspect.getsource(getattr(code_solutions, problem.name))
    found = [text for _, text in mutants(source)]
    assert len(set(found)) == len(found) > 3
    assert ast.unparse(ast.parse(source)) not in {ast.unparse(ast.parse(text)) for text in found}


def test_intervals_are_wilson_s() -> None:
    """Against a published example: 8 of 10."""
    assert wilson(8, 10) == "80.0% (49.0 to 94.3)"
    assert wilson(0, 0) == "-"
