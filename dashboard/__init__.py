"""The ledger on screen: a Streamlit app in its own process, reading with a read-only connection.

Entry: `streamlit run dashboard/Home.py`. It never writes to the ledger, never runs inside the gateway's
process and imports nothing of `router` but `router.domain` and `router.record.tables`.

    Home.py         entry; navigation.py: the page list
    views/          one thin file per page: load a view, lay it out
    filters.py      what a view is limited to (pure); filter_bar.py puts it in widgets and in the URL
    ledger.py       where the ledger is, read-only connections, and what can be wrong with it
    queries.py      SQL of the sums; request_queries.py: SQL of the list and of one request
    charts.py       rows -> chart; tables.py: rows -> HTML table; text.py: values -> words (all pure)
    story.py        one request, top to bottom; trace.py reads its stored decision
    states.py       what to show when there is nothing to show
"""
