"""The statement of a month per team: what it pays for, line by line, and what came of it.

    build.py     the lines of a month -> lines by project, workload and model
    quality.py   quality and savings by workload
    cents.py     exact amounts -> cents that add up to the printed total (pure)
    files.py     CSV and Parquet
    page.py      the printable page of a team
    command.py   `tiergate statement`

A closed month's statement is made of what was frozen, so it is the same whenever it is made.
"""
