"""Does an answer follow instructions a program can check? The 25 kinds of IFEval, under IFEval's own names.

    table        instruction id -> its arguments and its check; the one place that knows them all
    check        declared constraints x answer -> Finding
    outcome      what a check returns
    text         words, sentences and paragraphs, counted as IFEval counts them
    keywords, language, length, content, form, combination, startend, case, punctuation: the checks, by family
    detect       prompt -> the constraints it states unambiguously; `phrases_*` are its patterns

Strict semantics: the answer as it is, no forgiving of a first or last line. Every check takes time linear
in the answer's length, since somebody else wrote it. Must not call anything or raise for any answer.
"""
