"""The drawer with all conversations."""
