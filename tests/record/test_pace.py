"""Small pieces with rests while there is time, all at once when there is none."""

from __future__ import annotations

from router.record.pace import Pace


class Core:
    """A core on which every rest takes `seconds`."""

    def __init__(self, seconds: float) -> None:
        self.seconds = seconds
        self.now = 0.0
        self.rests = 0

    def sleep(self, _: float) -> None:
        self.now += self.seconds
        self.rests += 1

    def pace(self) -> Pace:
        return Pace(self.sleep, lambda: self.now)


def test_pieces_with_rests() -> None:
    """Work is cut into pieces, and the gateway may have the core after each."""
    core = Core(0.0006)
    assert [list(piece) for piece in core.pace().pieces(range(5), 2)] == [[0, 1], [2, 3], [4]]
    assert core.rests == 3


def test_a_full_core() -> None:
    """Once a rest ended in a queue for the core, what is left is done in one piece."""
    core = Core(0.004)
    assert [list(piece) for piece in core.pace().pieces(range(9), 2)] == [[0, 1], [2, 3, 4, 5, 6, 7, 8]]
    assert core.rests == 1


def test_a_backlog() -> None:
    """In a hurry nothing is cut and nobody rests; nothing to do is nothing."""
    core = Core(0.0006)
    pace = core.pace()
    pace.hurried = True
    assert list(pace.pieces([1, 2, 3], 2)) == [[1, 2, 3]]
    assert list(pace.pieces([], 2)) == []
    assert core.rests == 0
