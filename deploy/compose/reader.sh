#!/bin/sh
# Run once, when PostgreSQL makes its data folder: the dashboard's role, which can only read.
set -eu
psql --set ON_ERROR_STOP=1 --username "$POSTGRES_USER" --dbname "$POSTGRES_DB" --set password="$READER_PASSWORD" <<'SQL'
CREATE ROLE tiergate_reader LOGIN PASSWORD :'password';
GRANT pg_read_all_data TO tiergate_reader;
ALTER ROLE tiergate_reader SET default_transaction_read_only = on;
SQL
