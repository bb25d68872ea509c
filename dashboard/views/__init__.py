"""One thin script per page: read a view of the ledger, lay it out."""
