"""A provider's invoice or usage export held against the ledger, day by day and model by model.

formats.py   which column says what: OpenAI's and Anthropic's exports, or the reader's own map
invoice.py   a CSV file -> invoice lines by day and model
compare.py   ledger and invoice -> variances, each with its cause (pure)
store.py     the ledger's side, and results kept for the close
command.py   `tiergate reconcile`
"""
