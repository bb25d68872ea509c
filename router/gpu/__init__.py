"""Self-hosted endpoints by the hour: what they did, what the hour cost, and who it is for.

    samples.py      vLLM's counters, read and kept
    opencost.py     an hour's bill from an OpenCost export
    allocate.py     an hour's bill divided (pure)
    served.py       the work of an hour by the ledger
    bill.py         hours billed, each once per version
    loaded.py       bills and shares summed for reports
    break_even.py   the same volume at an API model (pure)

The marginal price of the price book is what decisions go by; these bills are what reports go by.
"""
