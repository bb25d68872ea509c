"""The two data files of this package, read once: published scores, and what `fit` made of them.

`published.json` holds scores with harness and source as they were published; `links.json` harness offsets
and links to abilities, with the points they were fitted on. Both are part of the package: a file that does
not have its form is a defect, not a user's mistake, so pydantic's error goes up as it is.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cache
from importlib.resources import files

from pydantic import BaseModel, ConfigDict

from router.domain.kinds import Task


class _Row(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Harness(_Row):
    """Who measured, when (YYYY-MM), and how as far as it is known."""

    source: str
    date: str


class Score(_Row):
    """One published figure, in percent."""

    model: str
    benchmark: str
    score: float
    harness: str


class Published(_Row):
    """All published figures, and the harnesses by the name that the figures use."""

    harnesses: Mapping[str, Harness]
    scores: Sequence[Score]


class Offset(_Row):
    """By how many logits a harness scores above the mean of harnesses on a benchmark, its standard
    deviation, the number of models that were seen in another harness as well, and the root mean square of
    what is left."""

    benchmark: str
    harness: str
    offset: float
    sd: float
    models: int
    residual: float | None


class Point(_Row):
    """A model with both a score (in logits, its offset taken off) and outcomes: `accuracy` over `n`
    answers."""

    family: str
    model: str
    score: float
    accuracy: float
    n: int
    outcomes: str


class Link(_Row):
    """logit(ability) = intercept + slope x logit(score): posterior means, covariance (intercept variance,
    covariance, slope variance) and residual standard deviation in logits; `points` models were fitted."""

    family: str
    task: Task
    intercept: float
    slope: float
    covariance: tuple[float, float, float]
    residual_sd: float
    points: int


class Links(_Row):
    """What `fit` wrote. `unseen_sd`: standard deviation in logits of a harness without an offset of its
    own."""

    command: str
    note: str
    unseen_sd: float
    offsets: Sequence[Offset]
    points: Sequence[Point]
    links: Sequence[Link]


@cache
def published() -> Published:
    return Published.model_validate_json(_text("published.json"))


@cache
def links() -> Links:
    return Links.model_validate_json(_text("links.json"))


def _text(name: str) -> str:
    return files(__package__).joinpath(name).read_text("utf-8")
