"""Files and links to `Article`s. One module a format, picked by the file's suffix."""

from rag.loaders.facts import corrected
from rag.loaders.files import read_bytes, read_file
from rag.loaders.several import Reading, chosen, list_files, read, readable_files
from rag.loaders.web import is_link, read_link

__all__ = [
    "Reading",
    "chosen",
    "corrected",
    "is_link",
    "list_files",
    "read",
    "read_bytes",
    "read_file",
    "read_link",
    "readable_files",
]
