"""The command line, ``ibid``: one module a group of commands."""
