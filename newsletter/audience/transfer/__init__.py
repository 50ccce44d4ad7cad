"""The list on its way in and out: files of other systems are read, checked, imported and undone; ours are written.

reading/ opens a file and gives rows of text → formats.py and mapping.py say what the columns hold → people.py makes
people of rows, or says why not → deciding.py says what each would mean for the list → writing.py does it, and
journal.py undoes it. running.py leads through a file in chunks, for the check and for the import alike.
"""
