"""Texts -> the feature matrix that a query model is fitted on, and the vocabulary it is then read with.

Term weights are tf-idf with sublinear tf (Salton & Buckley 1988), each row of unit length over all features
of the text, those that were never seen included: a text whose words are mostly unknown says little. The
readable features follow, standardised and scaled down, so that they are shrunk as the words are.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy import sparse

from router.classify.features import extract
from router.classify.grams import Numbers, counted, keys, tokens, whole
from router.classify.readable import LIMIT, NAMES, SCALE, readable
from router.classify.text import clip
from router.classify.vocabulary import Vocabulary

_LEAST = 2
"""Texts that must hold a word or a pair before it becomes a feature."""


@dataclass(frozen=True, slots=True)
class Corpus:
    """What every split of some texts shares: their words and readable features, read once."""

    words: list[list[str]]
    plain: npt.NDArray[np.float64]

    @classmethod
    def of(cls, texts: Sequence[str]) -> Corpus:
        return cls(
            [tokens(clip(text)) for text in texts],
            np.array([readable(extract(clip(text), len(text))) for text in texts]).reshape(-1, len(NAMES)),
        )


def vocabulary(corpus: Corpus, train: npt.NDArray[np.int64]) -> Vocabulary:
    """The features of the training texts: words and pairs that stand in at least two of them."""
    seen = Counter(word for at in train for word in set(corpus.words[at]))
    known = sorted(w for w, c in seen.items() if c >= _LEAST)
    numbers = Numbers(zip(known, range(1, len(known) + 1), strict=True))
    found = [counted(keys(corpus.words[at], numbers))[0] for at in train]
    distinct, texts = np.unique(np.concatenate(found), return_counts=True)
    kept = (texts >= _LEAST) & whole(distinct)
    idf = 1.0 + np.log((1.0 + len(train)) / (1.0 + texts[kept]))
    plain = corpus.plain[train]
    spread = plain.std(axis=0)
    return Vocabulary(
        numbers,
        distinct[kept],
        idf.astype(np.float32),
        float(1.0 + np.log((1.0 + len(train)) / 2.0)),
        plain.mean(axis=0),
        np.where(spread > 0, spread, 1.0),
    )


def matrix(corpus: Corpus, read: Vocabulary) -> sparse.csr_array:
    """All texts of the corpus as rows: vocabulary features, then the readable ones."""
    columns, values, ends = [], [], [0]
    for words in corpus.words:
        places, weights = read.place(keys(words, read.numbers))
        columns.append(places)
        values.append(weights)
        ends.append(ends[-1] + len(places))
    terms = sparse.csr_array(
        (np.concatenate(values), np.concatenate(columns), np.array(ends)),
        shape=(len(corpus.words), len(read.keys)),
    )
    plain = np.clip((corpus.plain - read.middle) / read.spread, -LIMIT, LIMIT)
    return sparse.csr_array(sparse.hstack([terms, sparse.csr_array(plain * SCALE)], format="csr"))
