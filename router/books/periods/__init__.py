"""Months: open, closed, reopened. A closed month is never changed.

    calendar.py   which months are closed, and which one takes what comes late
    lines.py      the lines of a month, open or closed
    check.py      what has to be true before a month may be closed
    journal.py    whether this machine's journal is in the ledger
    late.py       what arrived for a month after it was closed
    close.py      freeze a month; open it again
    digest.py     what a closing is known by
    lengths.py    how long a month's answers were, which its savings go by

A closing freezes the daily sums of its month. What the ledger's rows make of a closed month later (late rows,
late checks, corrections) minus what closings have frozen of it is the adjustment of the first open month, day
by day and key by key. So all months together are always the ledger, to the pico: nothing lost, nothing
twice. Months are closed in order, and only the last closed one can be opened again.
"""
