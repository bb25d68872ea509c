"""The ledger: journal first, then the database.

    journal     what the gateway process appends to before a response ends       journal, lines, decode
    shipper     its own process: journal -> database, and recovery after a crash  shipper, tail, write, pace
    tables      the schema, its migrations and how engines are made              tables, migrations, engine
    store       read queries for people; keys: virtual keys and the key ring     store, follow, keys, keyring

Nothing in here is awaited by a request except `Journal.durable` under `journal_fsync=always`.
"""
