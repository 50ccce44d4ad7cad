"""Whole pages kept in memory, and made anew the moment anything they were made from has changed.

Nobody says what a page depends on. While one is made, every question put to the database is written down as tags
(`questions.py`), and so is every row that came back (`recording.py`). A change of a row changes the stamps of the questions it
could have answered otherwise (`changes.py`). The stamps are shared by all processes (`stamps.py`).

docs/decisions/page-cache.md says why.
"""
