"""Why a bill changed between two weeks: volume, quality, mix, length and price, adding up to the change.

effects.py   two weeks of one workload -> its effects (pure)
weeks.py     a team's week, read from the daily charges
words.py     the largest effect in a sentence (pure)
command.py   `tiergate books explain`
"""
