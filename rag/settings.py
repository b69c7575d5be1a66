"""Every setting of Ibid, in one frozen object.

Values come, the later ones winning, from the defaults below, a file ``ibid.toml`` in the
working folder, environment variables ``IBID_*``, and the arguments of `load` (the flags).
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any, Literal

from platformdirs import user_cache_path, user_data_path
from pydantic import Field, SecretStr, ValidationError
from pydantic_settings import (
    BaseSettings,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
    TomlConfigSettingsSource,
)

from rag.errors import SettingsError


class Settings(BaseSettings):
    """All settings. A name that is not listed here is an error, so a typo cannot pass."""

    model_config = SettingsConfigDict(
        env_prefix="IBID_",
        env_ignore_empty=True,
        toml_file="ibid.toml",
        extra="forbid",
        frozen=True,
    )

    library: Path = Field(
        default_factory=lambda: user_data_path("ibid") / "library",
        description="folder of the library",
    )
    models_dir: Path = Field(
        default_factory=lambda: user_cache_path("ibid") / "models",
        description="folder of the downloaded models",
    )

    model: str = Field(
        "qwen2.5-coder-1.5b",
        description="the language model: a listed local one, or what init_chat_model knows, "
        "such as 'openai:gpt-4.1-mini' or 'ollama:llama3.2'",
    )
    base_url: str | None = Field(None, description="an OpenAI-compatible server for the model")
    api_key: SecretStr | None = Field(None, description="the key for base_url; never printed")
    temperature: float = Field(0.0, ge=0, le=2)
    max_answer_tokens: int = Field(160, ge=16, le=4096)
    timeout: float = Field(120.0, gt=0, description="seconds to wait for a language model")
    retries: int = Field(2, ge=0, le=10, description="of a request that failed, with back-off")
    slots: int = Field(
        2, ge=1, le=64, description="prompts that the local model keeps the beginning of, or writes"
    )
    context_tokens: int = Field(
        4096, ge=1024, description="what the model can read, where it does not say so itself"
    )
    answers: Literal["strict", "lenient", "quotes"] = Field(
        "strict",
        description="of a sentence without support: replaced or dropped (strict), shown with a "
        "mark (lenient); or quotations alone, without a language model (quotes)",
    )

    embedder: str = Field("all-minilm-l6-v2", description="a listed or sentence-transformers model")
    reranker: str = Field("ms-marco-minilm-l-12-v2", description="a listed cross-encoder")

    chunk_chars: int = Field(650, ge=100, le=8000, description="target length of a chunk")
    chunk_overlap: int = Field(200, ge=0, description="characters, in whole sentences")

    lexical: bool = Field(True, description="search by words (BM25)")
    dense: bool = Field(True, description="search by meaning (embeddings)")
    dense_weight: float = Field(0.6, ge=0, le=1, description="of the dense leg in the fusion")
    candidates: int = Field(40, ge=1, le=1000, description="passages taken from each leg")
    rerank: int = Field(8, ge=0, le=1000, description="passages the cross-encoder reads; 0: none")
    passages: int = Field(5, ge=1, le=100, description="passages that are found")
    read: int = Field(
        3, ge=1, le=100, description="of these, passages that evidence is chosen from"
    )
    least_similarity: float = Field(
        0.27,
        ge=-1,
        le=1,
        description="cosine of question and nearest passage below which, unless they share most "
        "words, nothing is on the subject, as of a greeting; other embedders may never go so low",
    )
    evidence_sentences: int = Field(6, ge=1, le=50, description="sentences of evidence")
    evidence_tokens: int = Field(300, ge=50, description="room for them, in tokens of English")
    strictness: float = Field(
        0.5,
        ge=0,
        le=1,
        description="the probability from which an answer is told; down to 8 % of it, "
        "it is told with a hedge, and below that refused",
    )

    log_level: Literal["debug", "info", "warning", "error"] = "warning"

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Flags over environment over file."""
        return init_settings, env_settings, TomlConfigSettingsSource(settings_cls)


def load(**flags: Any) -> Settings:
    """Read the settings; flags that are None count as not given.

    Raises:
        SettingsError: a value makes no sense, or a name is unknown.
    """
    for name in os.environ:
        if name.startswith("IBID_") and name[5:].lower() not in Settings.model_fields:
            raise SettingsError(f"{name}: no setting has this name; unset it, or mend the name")
    try:
        return Settings(**{name: value for name, value in flags.items() if value is not None})
    except ValidationError as error:
        first = error.errors()[0]
        name = ".".join(str(part) for part in first["loc"]) or "ibid.toml"
        raise SettingsError(
            f"setting {name}: {first['msg'].lower()}; "
            f"set it in ibid.toml, as IBID_{name.upper()} or by its flag"
        ) from None
    except (ValueError, OSError) as error:
        raise SettingsError(f"ibid.toml: {error}; mend the file or remove it") from None
