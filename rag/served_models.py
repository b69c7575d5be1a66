"""Settings of the servers that may run embedder, reranker and reader in this process's place.

The language model's is ``base_url``. With none of them set, all run in this process.
"""

from __future__ import annotations

from typing import Literal

from pydantic import Field, SecretStr
from pydantic_settings import BaseSettings

from rag.tuning import Section


class ServerLimits(Section):
    """How servers of models are asked, and what is taken from them."""

    timeout: float = Field(default=15.0, gt=0, description="seconds to wait for an answer")
    pause: float = Field(
        default=10.0,
        ge=0,
        description="seconds in which one is not asked, once it did not answer; base_url too",
    )
    # What an 8-bit model makes of a text depends a little on the others that come with it, so a
    # server is given them together, as a model of this process is.
    at_once: int = Field(
        default=128, ge=1, le=1000, description="texts that one is given; fewer if it takes no more"
    )
    answer_mb: int = Field(default=16, ge=1, description="of one answer")
    embedder: str = Field(default="", description="what the embedder is called there, if otherwise")
    reranker: str = Field(default="", description="what the reranker is called there, likewise")
    query_prompt: str = Field(
        default="", description="what an embedder that is not listed wants before a question"
    )
    passage_prompt: str = Field(default="", description="and what before a passage")
    scores: Literal["probabilities", "logits"] = Field(
        default="probabilities",
        description="what a reranker at an address with a version, as /v1, gives",
    )


class ServedModels(BaseSettings):
    """Where models are that run elsewhere. A token is never printed, and sent as a bearer's.

    An address with a version in it, as http://127.0.0.1:8080/v1, is asked as OpenAI's embeddings
    and Jina's rerank are; any other as Text Embeddings Inference is.
    """

    embedder_url: str | None = Field(None, description="a server for the embedder")
    embedder_token: SecretStr | None = Field(None, description="that it asks for; never printed")
    reranker_url: str | None = Field(None, description="a server for the reranker")
    reranker_token: SecretStr | None = Field(None, description="that it asks for; never printed")
    reader_url: str | None = Field(
        None, description="a server for the reader: ibid models serve, as nobody else has it"
    )
    reader_token: SecretStr | None = Field(None, description="that it asks for; never printed")
    models_token: SecretStr | None = Field(
        None, description="that ibid models serve asks for; never printed"
    )
    model_servers: ServerLimits = ServerLimits()
