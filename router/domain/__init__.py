"""Pure values and rules of the domain. Imports nothing of `router`; no clock, network or environment."""
