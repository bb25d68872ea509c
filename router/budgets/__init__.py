"""Budgets at work: what a request may still spend, kept in memory, and everything behind that.

    accounts    the accounts of the budgets in force, found for a caller without waiting    accounts
    purse       one request's accounts: who fits, what is set aside                         purse
    count       what the ledger says was spent                                              count
    pool        where allowances come from: this gateway alone, or leases in Valkey         pool, valkey
    keeper      the task that counts, asks for allowances and writes down how it stands     keeper, screen
    alerts      thresholds that were crossed, told by webhook and e-mail                    alerts, send

Only `accounts` and `purse` are on the request path; they never wait for anything, save where a lease has to
be enlarged for a call to be made at all."""
