"""Data sets: files that say where the joints of people in pictures and clips truly are.

`opening.open_dataset` chooses the reader. A reader gives rows, one at a time and in the file's
order: each is a Sample, or a BadRow that says what is wrong with it and where.
"""
