"""The books on top of the ledger: what finance reads, closes, exports and holds against invoices.

Reads the ledger's rows and never changes one. Nothing here runs on a request's path; the verbs need the
database only, no running gateway. May import `domain`, `record`, `meter`, `policy` and `settings`; the
gateway never imports it.

    seed/           a simulated ledger of any size
    rollups/        sums by hour and day
    periods/        months: closed, adjusted, reopened
    statement/      what a team pays, printed
    focus/          a month as a FOCUS dataset
    reconcile/      invoices held against the ledger
    explain/        why a bill changed
    outlook/        forecasts and odd days
    months.py       `2026-11`; bulk.py: many rows into a table
"""
