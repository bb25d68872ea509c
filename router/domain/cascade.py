"""What "answer, check, try the next on failure" is expected to bring: cost, quality, time. Pure.

Candidates 1..k are tried in order; an answer that fails its check goes to the next candidate. If all of them
fail it, that of the most promising candidate b is given all the same. How hard a request is beyond what its
text tells is one number z ~ N(0, 1) that all candidates share. Without it a second model would look
independent of the first, and cascades too good: whoever fails a check has most often met a hard request.
With p_i = P(success) of candidate i, v_i the share of its answers that the check decides (taken to be the
same of right and wrong ones), f_i its false accepts and g_i its false rejects:

    p_i(z) = sigmoid(a_i + S z), with a_i such that the mean over z is p_i
    e_i(z) = v_i (p_i(z) g_i + (1 - p_i(z)) (1 - f_i))          the answer is rejected
    R_i(z) = e_1(z) ... e_(i-1)(z)                              candidate i is asked
    cost      = E_z sum_i R_i(z) c_i
    seconds   = E_z sum_i R_i(z) s_i
    P(success)= E_z sum_i R_i(z) p_i(z) (1 - v_i g_i)  +  R_(k+1)(z) p_b(z) v_b g_b / e_b(z)

The mean over z is Gauss-Hermite quadrature at three points. A candidate without a check that counts ends
the chain there: its answer is given, and nothing is credited to a check of which nothing is known. It is the
random-effect form of the Rasch model (Bock and Aitkin, Psychometrika 46, 1981); cascades of models by
checks are FrugalGPT's (arXiv 2305.05176). Must not know prices, rules or verifiers.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import combinations
from math import sqrt

from router.domain.ability import logit, sigmoid
from router.domain.value import value

SHARED = 2.0
"""S, in logits. Fitted by maximum likelihood on held-out P(success): tests/bench/ROUTING.md has it by
question set."""
_ATTENUATION = 0.346
"""(16 sqrt(3) / (15 pi))^2, by which sigmoid is near a normal distribution function: a = logit(p) sqrt(1 +
0.346 S^2) (Zeger, Liang and Albert, Biometrics 44, 1988). What is left is put right exactly."""
_NODES = (-sqrt(3.0), 0.0, sqrt(3.0))
"""Their weights are 1/6, 4/6 and 1/6."""
_NONE = (0.0, 0.0, 0.0)

MOST = 4
"""Candidates that chains are made of: their 15 chains are compared in less time than a request takes to be
read."""

AtNodes = tuple[float, float, float]


@value
class Check:
    """A check whose error rates are known. `coverage`: share of the answers that it decides, 0..1."""

    verifier: str
    coverage: float
    false_accept: float
    false_reject: float

    @property
    def caught(self) -> float:
        """P(rejected | wrong answer)."""
        return self.coverage * (1.0 - self.false_accept)


@value
class Step:
    """One candidate in its place. `cost` in pico-dollars, `seconds` None where not known; `check` None: no
    check counts, so its answer is final. `lost`: P(rejected | right answer). `given`, `rejected`: P(right)
    and P(rejected) at the three values of z."""

    p_success: float
    cost: int
    seconds: float | None
    check: Check | None
    lost: float
    given: AtNodes
    rejected: AtNodes


@value
class Expected:
    """What a chain is expected to bring. `reached`: P(asked) of each step, the first being 1; steps that are
    never asked are left out. `seconds` None where a step's are not known; `waited`: those of the steps of
    which they are."""

    p_success: float
    cost: int
    seconds: float | None
    waited: float
    reached: tuple[float, ...]


def step(p_success: float, cost: int, seconds: float | None, check: Check | None) -> Step:
    """A step ready to be chained."""
    chances = at_nodes(p_success)
    if check is None:
        return Step(p_success, cost, seconds, None, 0.0, chances, _NONE)
    lost, caught = check.coverage * check.false_reject, check.caught
    a, b, c = (p * lost + (1.0 - p) * caught for p in chances)
    return Step(p_success, cost, seconds, check, lost, chances, (a, b, c))


def at_nodes(p_success: float, shared: float = SHARED) -> AtNodes:
    """P(success) at the three values of z; their weighted mean is `p_success`."""
    middle = logit(p_success) * sqrt(1.0 + _ATTENUATION * shared**2)
    low, mid, high = (sigmoid(middle + shared * z) for z in _NODES)
    mean = (low + 4.0 * mid + high) / 6.0
    if p_success < mean:
        scale = p_success / mean
        return low * scale, mid * scale, high * scale
    scale = (1.0 - p_success) / (1.0 - mean)
    return 1.0 - (1.0 - low) * scale, 1.0 - (1.0 - mid) * scale, 1.0 - (1.0 - high) * scale


def ascending(points: Sequence[tuple[float, float]]) -> list[int]:
    """Those that no cheaper one is at least as promising as, from the cheapest up: positions in `points`,
    which are (cost, P(success)). Of more than `MOST` the cheapest stay, and the most promising."""
    best, front = -1.0, list[int]()
    for at in sorted(range(len(points)), key=lambda at: (points[at][0], -points[at][1])):
        if points[at][1] > best:
            best = points[at][1]
            front.append(at)
    return front if len(front) <= MOST else [*front[: MOST - 1], front[-1]]


def selections(front: Sequence[int]) -> Iterator[tuple[int, ...]]:
    """Every chain upwards of at least one of `front`, going straight to any one of them included."""
    for length in range(1, len(front) + 1):
        yield from combinations(front, length)


def chained(steps: Sequence[Step]) -> Expected:
    """What the steps bring in this order; at least one is needed. Written out for three points: it runs for
    every chain of a decision."""
    right = cost = time = most = 0.0
    timed = True
    low = mid = high = 1.0  # P(asked)
    left_low = left_mid = left_high = 0.0  # P(all so far rejected, and the most promising of them right)
    reached: list[float] = []
    for one in steps:
        asked = (low + 4.0 * mid + high) / 6.0
        reached.append(asked)
        cost += asked * one.cost
        if one.seconds is None:
            timed = False
        else:
            time += asked * one.seconds
        (p, q, r), lost = one.given, one.lost
        p, q, r = low * p, mid * q, high * r
        right += (p + 4.0 * q + r) / 6.0 * (1.0 - lost)
        if one.check is None:
            left_low = left_mid = left_high = 0.0
            break
        a, b, c = one.rejected
        if one.p_success >= most:
            most = one.p_success
            left_low, left_mid, left_high = p * lost, q * lost, r * lost
        else:
            left_low, left_mid, left_high = left_low * a, left_mid * b, left_high * c
        low, mid, high = low * a, mid * b, high * c
    right += (left_low + 4.0 * left_mid + left_high) / 6.0
    return Expected(right, round(cost), time if timed else None, time, tuple(reached))
