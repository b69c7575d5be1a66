"""Files to `Article`s. One module a format; `read` picks it by the file's suffix."""

from rag.readers.files import read, read_file, readable_files

__all__ = ["read", "read_file", "readable_files"]
