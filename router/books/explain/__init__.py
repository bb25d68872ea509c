"""Why a bill changed between two weeks: volume, quality, mix, length and price, adding up to the change.

effects.py   two weeks of one workload -> its effects (pure)
change.py    two spans of all workloads -> their effects, and the largest in words (pure)
words.py     that sentence (pure)
weeks.py     spans of days, read from the daily charges
command.py   `tiergate books explain`
"""
