"""Small pieces with rests while rows are in time, all at once when they are late."""

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


def test_a_busy_neighbour() -> None:
    """A rest that lasts long is the gateway at work: the very moment not to hold it up."""
    core = Core(0.004)
    assert [list(piece) for piece in core.pace().pieces(range(5), 2)] == [[0, 1], [2, 3], [4]]
    assert core.rests == 3


def test_late_rows() -> None:
    """Once a row is a second late nothing is cut and nobody rests, until all was in time for five seconds;
    nothing to do is nothing."""
    core = Core(0.0006)
    pace = core.pace()
    pace.begin(waited=0.9)
    assert not pace.hurried
    pace.begin(waited=1.1)
    assert list(pace.pieces([1, 2, 3], 2)) == [[1, 2, 3]]
    assert list(pace.pieces([], 2)) == []
    assert core.rests == 0
    core.now += 4.9
    pace.begin()
    assert pace.hurried
    core.now += 0.2
    assert not pace.hurried


def test_a_full_core() -> None:
    """When rests themselves make rows late, what is left is done in one piece."""
    core = Core(0.3)
    pace = core.pace()
    pace.begin(waited=0.2)
    assert [len(piece) for piece in pace.pieces(range(20), 2)] == [2, 2, 2, 14]


def test_a_hurry() -> None:
    """Whoever is told to stop rests no more."""
    core = Core(0.0006)
    pace = core.pace()
    pace.hurry()
    core.now += 60
    assert list(pace.pieces([1, 2, 3], 2)) == [[1, 2, 3]]
    assert core.rests == 0
