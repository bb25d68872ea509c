"""Costs corrected after the fact: re-rating by a corrected price book, and usage that was reported late.

History is never edited: every change is a row of its own that says what, why, who and when.
"""
