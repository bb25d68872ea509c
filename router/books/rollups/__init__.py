"""Sums by hour and day over the ledger's rows, for screens, statements and closes.

    facts.py      what is summed: charges and outcomes, by which keys
    meters.py     an attempt's tokens and prices -> one charge per metered quantity (pure)
    charges.py    the charges of hours, read from attempts and judges' calls
    corrected.py  what corrections change about them
    outcomes.py   the outcomes of hours, read from requests, verdicts and feedback
    tags.py       which tags are kept (pure)
    roll.py       hours that changed -> the tables, a day per transaction

The hours of a day that changed are summed up at once, by as many statements as one of them would take.

Whoever puts rows into the ledger marks their hour in the same transaction (`record/marks.py`); rolling up
replaces the whole hour and its day and takes the marks away in one transaction. So late rows, repeated
runs and a crash at any point change nothing about the result.
"""
