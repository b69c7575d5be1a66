"""What became of the tables of `ui.state.tables` and of conversations, a file for each change.

All of them are made and changed by these, in a new schema too: `ui.state.making.make` does what is
left. Policies that say whose a row is are put afterwards on tables that have none, by
`rag.index.acting.guard`; a migration that has them put anew takes the old ones off.
"""
