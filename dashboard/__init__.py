"""The ledger on screen: a Streamlit app in its own process, reading with a read-only connection.

Entry: `tiergate dashboard`. It never runs inside the gateway's process, and writes one thing, by a connection
of its own: a policy that an admin puts in force. Of `router` it imports the domain, the ledger's tables, what
reads them (`router.savings`, `router.books`), so that a figure is the same here as on the command line, and
`router.lifecycle`, so that a policy is checked, planned and applied as there.

    app.py          the server with its sign-in (signin/); Home.py: the pages, navigation.py: their list
    entrance.py     what somebody sees who is not let in, and the line that says who is
    policies/       the page Policy
    views/          one thin file per page: load a view, lay it out
    filters.py      what a view is limited to (pure); filter_bar.py puts it in widgets and in the URL, each of
                    them from filter_widgets.py; links.py makes the addresses that table lines lead to (pure)
    access.py       who is signed in; `access.ledger()` is the one way of a page to the ledger
    ledger.py       where the ledger is, read-only connections, and what can be wrong with it
    queries/        SQL, and nothing else; scope.py limits every statement to the teams somebody may see, so
                    that no query has to; a table it does not know is refused to team leads
    charts.py, *_chart.py                rows -> chart (pure)
    html_tables.py, *_tables.py          rows -> HTML table (pure)
    cards.py        the row of headline figures
    catalog.py      the catalog and price book in force, where they are to be had
    scorecards.py   published beside own evidence; procurement.py: an own GPU against an API (both pure)
    budget_outlook.py   what a budget's period will come to, and when its limit is used up (pure)
    weeks.py        weeks of daily charges, and what each is held against (pure)
    text.py, *_words.py, palette.py      values -> words; the tiers' colours (pure)
    story.py        one request, top to bottom; decision_trace.py reads its stored decision,
                    cost_arithmetic.py recomputes its cost and names every contradiction (pure)
    frame.py        title, ledger and sums: what every page has around its own content
    states.py       what to show when there is nothing to show

Streamlit puts this folder itself on the import path, so no file here may be named like a module that some
library imports at the top level (`trace`, `tables`, `types`, ...).
"""
