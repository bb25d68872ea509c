"""What is to come and what is odd, from the daily charges: forecasts and anomalies.

    daily.py              spend by day of any part of the company, read from the daily charges
    ahead.py              a part's spend to the end of a month or of any other span
    odd.py                odd days of parts, each with what made it so
    forecast_command.py   `tiergate forecast`
    anomaly_command.py    `tiergate anomalies`

The arithmetic is in `domain/forecast.py` and `domain/anomaly.py`; causes are those of `explain/`.
"""
