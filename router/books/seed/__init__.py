"""`tiergate ledger seed`: a simulated ledger of any size, to try screens, closes and exports on.

    world.py      who asks for what, how often, and what answers (constants)
    calendar.py   how many requests each day has, and the week in which one team's bill rises
    sheet.py      the prices of the price book as arrays
    draw.py       one day, drawn: arrays
    columns.py    arrays -> the columns of the ledger's tables
    judged.py     what a judge made of some answers, and its calls
    write.py      columns -> SQLite or PostgreSQL, fast
    run.py        all days in order

The same arguments and the same price book make the same rows. Every row says `simulated`.
"""
