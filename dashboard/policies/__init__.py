"""The Policy page: what is in force, how it got there, and for admins the way to another one.

current.py      the policy in force as the settings name its source
rules.py        rules in words; for a team lead without other teams' names (pure)
tables.py       rules, versions and differences as HTML tables (pure)
reading.py      the sections that everybody sees; history.py: versions and what differs
draft.py        an edited policy: checked, tested on its cases, planned on past traffic
editor.py       text with line numbers that says what is wrong while somebody types
changing.py     the sections that admins see
putting.py      another policy put in force, or an earlier one again; by whom and why
"""
