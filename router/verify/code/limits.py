"""How much code under test may use."""

from __future__ import annotations

from router.domain.value import value


@value
class Limits:
    """Per run (one program case, or all function cases together), but for `total_s` and `wait_s`."""

    cpu_s: int = 5
    """Processor time, in whole seconds: the kernel counts no finer."""
    wall_s: float = 10.0
    total_s: float = 30.0
    """One whole check by the clock, starting the sandbox included."""
    wait_s: float = 10.0
    """Longest wait for other checks to finish before this one gives up."""
    memory_bytes: int = 512 << 20
    """Address space. There is one process, so it bounds memory."""
    threads: int = 32
    open_files: int = 64
    output_bytes: int = 1 << 20
    """Longest output of a run; more is a failure, and nothing beyond it is ever kept."""
    file_bytes: int = 4 << 20
    scratch_bytes: int = 8 << 20
    scratch_files: int = 128
