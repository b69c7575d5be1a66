"""Files and links to `Article`s. One module a format; `read` picks it by the file's suffix."""

from rag.loaders.facts import corrected
from rag.loaders.files import list_files, read, read_bytes, read_file, readable_files
from rag.loaders.web import is_link, read_link

__all__ = [
    "corrected",
    "is_link",
    "list_files",
    "read",
    "read_bytes",
    "read_file",
    "read_link",
    "readable_files",
]
