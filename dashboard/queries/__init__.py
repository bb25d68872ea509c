"""SQL, and nothing else: sums are added up by the database, as integers. No widget, no formatting."""
