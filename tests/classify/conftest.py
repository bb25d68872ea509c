"""What the classifier's tests share: the classifier itself, without state, and the cases' module path."""

from __future__ import annotations

import pytest

from router.classify.heuristic import HeuristicClassifier


@pytest.fixture(scope="session")
def classifier() -> HeuristicClassifier:
    return HeuristicClassifier()
