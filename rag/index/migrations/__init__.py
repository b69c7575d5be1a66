"""What alembic runs for the tables of a library's schema, whoever they belong to.

Migrations are found by their folder: the catalog's in ``catalog``, others beside their tables.
"""
