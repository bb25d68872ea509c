"""A month as a FOCUS Cost and Usage dataset (FinOps Open Cost and Usage Specification, focus.finops.org).

    columns.py    the columns of each version: type, may it be null, allowed values
    providers.py  who sells, hosts and invoices an endpoint
    rows.py       charges of a month -> rows
    usage.py      tokens and requests at a price (pure)
    gpu.py        shares of billed GPU hours (pure)
    write.py      rows -> CSV or Parquet
    command.py    `tiergate export focus`

One row per day, endpoint, SKU price, sub-account and tag set: each direction of tokens is a SKU of its own.
Rows of days before the billing period correct closed periods, as the specification's appendix on corrections
has it: the billing period is the open month, the charge period the one of the usage.
"""
