"""Is the final answer of a piece of mathematics right?

    extract      reply -> the final answer: boxed, a JSON field, after "answer is", else what stands last
    notation     one answer's text without delimiters, markdown and spacing, so that equal things look equal
    quantity     text -> an exact number with its unit: plain integers, decimals and fractions
    compare      reply x reference -> Finding; exact numbers here, everything else by an `Equality`
    workers      an `Equality` on worker processes that can be killed (`killable`)
    worker       what those processes run; the only importer of math-verify (extra `verify`)
    expression   text -> exact arithmetic, or a polynomial in one unknown (`polynomial`)
    substitute   reply x problem -> Finding without a reference, for "solve for x" problems
    consistency  k answers -> the one most of them agree on

Nothing here solves a problem or asks a model, and no answer's text is ever evaluated as Python.
"""
