"""One module per revision, named `<number>_<what changes>.py`."""
