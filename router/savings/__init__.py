"""Savings and unit costs read from the ledger, in groups; the arithmetic is in `domain/savings.py` and
`domain/outcomes.py`."""
