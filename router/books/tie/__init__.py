"""Whether everything that finance reads is the ledger, to the pico-dollar; where not, what differs.

ledger.py    a month added up from the ledger's own rows, without any sum that was made before
compare.py   those beside sums, statements, exports, closings and reconciliations
command.py   `tiergate books check`
"""
