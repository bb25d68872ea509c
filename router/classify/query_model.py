"""The query model: linear heads on a text's features, read from one file of plain arrays.

Heads `low` and `high` are the chances of the weaker and the stronger half of the reference panel, `length` is
ln(answer length / usual length); further heads are models it was fitted on directly. Beside the file stands
its card: data, command, figures. Must not know catalogs, policies or prices; must not fit anything.
"""

from __future__ import annotations

import hashlib
import io
import json
import zipfile
import zlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from math import exp, log
from operator import add
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from router.classify.features import Features
from router.classify.grams import Numbers, keys, split
from router.classify.readable import NAMES, Standardised
from router.classify.vocabulary import Vocabulary
from router.domain.kinds import Task
from router.domain.reading import LONGEST, SHORTEST

Array = npt.NDArray[np.float32]

SHIPPED = Path(__file__).parent / "model" / "query-model.npz"
FORMAT = 2
LOW, HIGH, LENGTH = "low", "high", "length"
LEAST, MOST = 0.02, 0.98
"""No share of right answers is ever called impossible or certain."""
_SHORTEST, _LONGEST = log(SHORTEST), log(LONGEST)


class BadModel(ValueError):
    """A file that is no query model, or one of another format."""


class Values(NamedTuple):
    """What the heads say of a text: chances 0..1, answer length over the usual, and chances by model."""

    low: float
    high: float
    output_factor: float
    heads: dict[str, float]


class Usual(NamedTuple):
    """A task's training questions: mean chances of the two halves, and `beyond` of `Reading`."""

    low: float
    high: float
    beyond: float


@dataclass(frozen=True, slots=True)
class QueryModel:
    """`weights`: features x heads, the vocabulary's first, then the readable ones; `starts[head]`: constant,
    and weights of low and high, of each further head. `usual[task]`: of the tasks that it has seen enough
    of; `temperature` turns the heuristic's votes into shares."""

    vocabulary: Vocabulary
    names: tuple[str, ...]
    weights: Array
    intercepts: Array
    starts: Array
    usual: Mapping[Task, Usual]
    temperature: float
    languages: frozenset[str]
    digest: str = ""
    _readable: npt.NDArray[np.float64] = field(init=False, repr=False)
    """The readable features' weights, in the precision in which they are used."""
    _standardised: Standardised = field(init=False, repr=False)
    _further: tuple[tuple[str, tuple[float, ...]], ...] = field(init=False, repr=False)
    """The further heads' names and starts."""

    def __post_init__(self) -> None:
        words = self.vocabulary
        starts = map(tuple, self.starts.tolist())
        object.__setattr__(self, "_readable", self.weights[len(words.keys) :].astype(np.float64))
        object.__setattr__(self, "_standardised", Standardised(words.middle.tolist(), words.spread.tolist()))
        object.__setattr__(self, "_further", tuple(zip(self.names[3:], starts, strict=True)))

    def read(self, short: str, features: Features) -> Values:
        """The heads' values of a clipped text with its features. Pure; some tens of microseconds."""
        words = self.vocabulary
        at, tfidf = words.place(keys(split(short), words.numbers))
        found = tfidf.dot(self.weights.take(at, axis=0)) + self.intercepts
        plain = np.array(self._standardised.of(features)).dot(self._readable)
        values = list(map(add, found.tolist(), plain.tolist()))
        low, high = _bounded(values[0]), _bounded(values[1])
        heads = {
            name: _bounded(start[0] + start[1] * low + start[2] * high + value)
            for (name, start), value in zip(self._further, values[3:], strict=True)
        }
        factor = exp(min(_LONGEST, max(_SHORTEST, values[2])))
        return Values(low, high, factor, heads)

    def save(self, path: Path) -> None:
        """Writes the file; weights are kept as 16-bit floats."""
        words = sorted(self.vocabulary.numbers, key=self.vocabulary.numbers.__getitem__)
        about = {
            "format": FORMAT,
            "names": self.names,
            "readable": NAMES,
            "usual": {str(task): usual for task, usual in self.usual.items()},
            "temperature": self.temperature,
            "rare_idf": self.vocabulary.rare_idf,
            "languages": sorted(self.languages),
        }
        buffer = io.BytesIO()
        np.savez_compressed(
            buffer,
            about=np.frombuffer(json.dumps(about).encode(), np.uint8),
            words=np.frombuffer("\n".join(words).encode(), np.uint8),
            keys=self.vocabulary.keys,
            idf=self.vocabulary.idf.astype(np.float16),
            middle=self.vocabulary.middle,
            spread=self.vocabulary.spread,
            weights=self.weights.astype(np.float16),
            intercepts=self.intercepts,
            starts=self.starts,
        )
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(buffer.getvalue())


def load(path: Path = SHIPPED) -> QueryModel:
    """Reads a file that `save` wrote: arrays only, nothing is executed. Raises BadModel."""
    try:
        data = path.read_bytes()
        with np.load(io.BytesIO(data), allow_pickle=False) as file:
            arrays = {name: file[name] for name in file.files}
        about = json.loads(arrays["about"].tobytes())
    except (OSError, ValueError, KeyError, EOFError, zipfile.BadZipFile, zlib.error) as error:
        raise BadModel(f"{path}: is no query model: {error}") from error
    if about.get("format") != FORMAT or about.get("readable") != list(NAMES):
        raise BadModel(f"{path}: is of another format; write it anew with `tiergate train`")
    return _built(arrays, about, hashlib.sha256(data).hexdigest()[:16])


def _built(arrays: dict[str, npt.NDArray[Any]], about: dict[str, Any], digest: str) -> QueryModel:
    words = arrays["words"].tobytes().decode().split("\n")
    return QueryModel(
        Vocabulary(
            Numbers(zip(words, range(1, len(words) + 1), strict=True)),
            arrays["keys"],
            arrays["idf"].astype(np.float32),
            about["rare_idf"],
            arrays["middle"],
            arrays["spread"],
        ),
        tuple(about["names"]),
        arrays["weights"].astype(np.float32),
        arrays["intercepts"],
        arrays["starts"],
        {Task(task): Usual(*usual) for task, usual in about["usual"].items()},
        about["temperature"],
        frozenset(about["languages"]),
        digest,
    )


def _bounded(value: float) -> float:
    return LEAST if value < LEAST else MOST if value > MOST else value
