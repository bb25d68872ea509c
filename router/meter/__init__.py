"""What an attempt used and what it cost: usage, price, baseline. Must not route or record."""
