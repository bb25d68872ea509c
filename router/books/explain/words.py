"""What the largest effect was, in a sentence that names figures a person can check. Pure."""

from __future__ import annotations

from router.books.explain.effects import Effect, Span

UNNAMED = "(no workload named)"


def sentence(workload: str | None, effect: Effect, old: Span, new: Span) -> str:
    """Such as: `answers: gpt-5 gave 43% of the answers instead of 15%, qwq-32b 57% instead of 85%`."""
    name = workload or UNNAMED
    match effect:
        case "mix":
            return f"{name}: {_mix(old, new)}"
        case "volume":
            return f"{name}: {new.answers:,} answers instead of {old.answers:,}"
        case "quality":
            return f"{name}: retries, rejected answers and judging cost more or less an answer than before"
        case "length":
            return f"{name}: {_tokens(new):,.0f} tokens an answer instead of {_tokens(old):,.0f}"
        case "price":
            return f"{name}: other prices for the same tokens, or corrections of costs"


def _mix(old: Span, new: Span) -> str:
    models = sorted({*old.models, *new.models}, key=lambda m: (old.share(m) - new.share(m), m))
    moved = [
        f"{model} gave {float(new.share(model)):.0%} of the answers instead of {float(old.share(model)):.0%}"
        for model in (models[0], models[-1])
    ]
    return ", ".join(moved)


def _tokens(span: Span) -> float:
    total = sum(sum(model.tokens.values()) for model in span.models.values())
    return total / span.answers if span.answers else 0.0
