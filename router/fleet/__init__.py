"""Models on GPUs of one's own, before one is bought: what fits, how fast at best, and how it is started."""
