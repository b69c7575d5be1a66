"""The queue of a shared library: its jobs are kept in PostgreSQL, and any `ibid worker` does them.

procrastinate has the queue: who takes which job, its priority, when it is tried again, and who of
the workers lives. What a job is, how far it has come and the bytes of its files are in two tables
beside procrastinate's own, in the library's schema.
"""
