"""What became of the catalog's tables in PostgreSQL, a file for each change.

A new schema is made by `rag.index.postgres` as the tables are today; these are for one that is
there. The first stands for the tables as they were before alembic told how far they are.
"""
