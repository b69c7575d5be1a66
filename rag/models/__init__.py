"""The models: where their files come from, and each behind the interface that the rest uses."""
