"""A plan in words and tables."""

from __future__ import annotations

from decimal import Decimal

from rich.table import Table

from router.fleet.plan import (
    ALLOWANCE,
    GIB,
    MEMORY_SHARE,
    REACHED,
    UTILISATIONS,
    Fit,
    cost_per_million,
    speed,
)
from router.fleet.shape import ModelShape

WIDTH = 110
METHOD = (
    f"Room: {MEMORY_SHARE:.0%} of the memory less weights and {ALLOWANCE // GIB} GiB for activations "
    "(declared); vLLM prints the true figure\nat start, as `GPU KV cache size`. Tokens/s: output, decoding "
    f"only, every place taken; {REACHED[0]:.0%} to {REACHED[1]:.0%} of the roofline\nof bandwidth and 16-bit "
    "speed (declared, not measured). A prompt found in the prefix cache takes room once."
)
_CONTEXTS = (4_096, 16_384, 32_768, 131_072)
_BILLION = 1e9


def shape_line(model: str, shape: ModelShape) -> str:
    """What the configuration says."""
    return (
        f"{model}: {shape.parameters / _BILLION:.1f} billion parameters, {shape.num_hidden_layers} layers, "
        f"{shape.num_attention_heads} query and {shape.kv_heads} KV heads of {shape.head_size};\n"
        f"KV cache {shape.kv_bytes(2) / 1024:g} KiB a token in 16 bits, "
        f"{shape.kv_bytes(1) / 1024:g} KiB in fp8"
    )


def too_small(found: Fit, context: int) -> str:
    """Why not even one request fits."""
    weights = f"{found.weight_bytes / GIB:.1f} GiB of {found.quantisation} weights"
    if found.kv_tokens == 0:
        return f"{weights} do not fit beside what vLLM needs"
    advice = "" if found.kv_dtype == "fp8" else ", or try --kv-cache fp8"
    return (
        f"{weights} leave room for {found.kv_tokens:,} tokens, fewer than one request of {context:,}; "
        f"lower --context{advice}"
    )


def speed_table(shape: ModelShape, found: Fit, most: int, typical: int, hour: Decimal | None) -> Table:
    """By request length: how many at once, how fast, and at what price by utilisation."""
    title = (
        f"{found.gpu.name}, {found.quantisation}, KV cache {found.kv_dtype}: "
        f"weights {found.weight_bytes / GIB:.1f} GiB, room for {found.kv_tokens:,} tokens"
    )
    table = Table(title=title, title_justify="left", title_style="bold", box=None, header_style="dim")
    costs = [f"$/M, {share:.0%} busy" for share in UTILISATIONS] if hour is not None else []
    for column in ("tokens", "at once", "tokens/s", "one alone", *costs):
        table.add_column(column, justify="right", no_wrap=True)
    for context in sorted({typical, *_CONTEXTS}):
        table.add_row(*_row(shape, found, context, most, hour))
    return table


def _row(shape: ModelShape, found: Fit, context: int, most: int, hour: Decimal | None) -> list[str]:
    reached = speed(shape, found, context, most)
    if reached is None:
        return [f"{context:,}", "0"]
    rate = f"{reached.low:,.0f}-{reached.high:,.0f}"
    row = [f"{context:,}", f"{reached.sequences:,}", rate, f"{reached.alone:,.0f}"]
    if hour is not None:
        for share in UTILISATIONS:
            low, high = (cost_per_million(hour, rate, share) for rate in (reached.high, reached.low))
            row.append(f"{low:,.2f}-{high:,.2f}")
    return row
