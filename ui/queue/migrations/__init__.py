"""What became of the queue's own tables, a file for each change; procrastinate sees to its own.

A new queue is made by `ui.queue.tables` as the tables are today; these are for one that is there.
"""
