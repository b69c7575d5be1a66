"""What a window loads when it first opens an index and adds an article, loaded with this.

Chroma begins no thread before an index is opened, so that a process may be forked after this.
"""

import chromadb.api.rust  # noqa: F401
import prometheus_client  # noqa: F401
import rensa  # noqa: F401
import uvicorn.protocols.http.httptools_impl  # noqa: F401
import uvloop  # noqa: F401
from doubles import FERRY
from tiny import make_article

from rag.index.chunking import chunk
from rag.language.terms import terms

terms(" ".join(one.text for one in chunk(make_article(FERRY))), "en")
