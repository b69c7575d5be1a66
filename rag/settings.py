"""Every setting of Ibid, in one frozen object.

Values come, the later ones winning, from the defaults below, a file ``ibid.toml`` in the user's
configuration folder, one in the working folder, environment variables ``IBID_*``, and the
arguments of `load` (the flags). ``IBID_CONFIG`` names one file in the place of those two, and
``IBID_API_KEY_FILE`` and its like a file that holds a secret.

Of the file in the working folder, which a stranger may have written, only numbers, switches and
choices are taken until the user trusts it (`rag.trust`): no text, which names an address, a path,
a key, a model.
"""

from __future__ import annotations

import logging
import os
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Literal, get_origin

from platformdirs import user_cache_path, user_config_path, user_data_path
from pydantic import Field, SecretStr, ValidationError
from pydantic_settings import (
    BaseSettings,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
    TomlConfigSettingsSource,
)

from rag import trust
from rag.errors import SettingsError
from rag.limits import ApiLimits, AuditLimits, OfferLimits, QueueLimits, StreamLimits, WindowLimits
from rag.secret_files import SecretFiles, holds_secret
from rag.served_models import ServedModels
from rag.tuning import (
    AnsweringTuning,
    DuplicatesTuning,
    EvidenceTuning,
    ReadingTuning,
    RetrievalTuning,
    Section,
    VerificationTuning,
    kinds,
)

_log = logging.getLogger("ibid")


class Settings(ServedModels):
    """All settings. A name that is not listed here is an error, so a typo cannot pass."""

    model_config = SettingsConfigDict(
        env_prefix="IBID_",
        env_ignore_empty=True,
        env_nested_delimiter="__",
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
        description="the language model: a listed local one, a GGUF file, one of the model hub as "
        "'hf:owner/repository/file.gguf', or what init_chat_model knows, as 'openai:gpt-4.1-mini'",
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
    parallel: int = Field(
        8, ge=1, le=256, description="requests that a model of another server is given at one time"
    )
    context_tokens: int = Field(
        4096, ge=1024, description="what the model can read, where it does not say so itself"
    )
    answers: Literal["strict", "lenient", "quotes"] = Field(
        "strict",
        description="of a sentence without support: replaced or dropped (strict), shown with a "
        "mark (lenient); or quotations alone, without a language model (quotes)",
    )

    database: SecretStr | None = Field(
        None, description="PostgreSQL for articles: 'postgresql://name:password@host/database'"
    )
    database_wait: float = Field(60.0, gt=0, description="seconds to wait for another that writes")
    chroma: str | None = Field(
        None, description="a Chroma server for vectors, as 'http://127.0.0.1:8000'"
    )
    chroma_token: SecretStr | None = Field(None, description="that it asks for; never printed")
    chroma_timeout: float = Field(10.0, gt=0, description="seconds to wait for it")
    chroma_pause: float = Field(
        5.0, ge=0, description="seconds in which it is not asked, once it did not answer"
    )

    embedder: str = Field("all-minilm-l6-v2", description="a listed or sentence-transformers model")
    reranker: str = Field(
        "ms-marco-minilm-l-12-v2", description="a listed or sentence-transformers cross-encoder"
    )
    languages: str = Field(
        "en",
        description="ISO 639-1 codes of what embedder and reranker read, as 'en de', or '*'; "
        "other languages go by their words",
    )

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

    reading: ReadingTuning = ReadingTuning()
    retrieval: RetrievalTuning = RetrievalTuning()
    duplicates: DuplicatesTuning = DuplicatesTuning()
    evidence: EvidenceTuning = EvidenceTuning()
    verification: VerificationTuning = VerificationTuning()
    answering: AnsweringTuning = AnsweringTuning()
    stream: StreamLimits = StreamLimits()
    window: WindowLimits = WindowLimits()
    api: ApiLimits = ApiLimits()
    audit: AuditLimits = AuditLimits()
    queue: QueueLimits = QueueLimits()
    offers: OfferLimits = OfferLimits()

    language: Literal["en", "de"] = Field(
        "en", description="of reports of evaluations and of files that a command writes"
    )
    log: Literal["text", "json"] = Field(
        "text", description="lines for people, or a JSON document a line, requests included"
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
        """Flags over environment over files."""
        files = _Files(settings_cls, config_files(), deep_merge=True)
        return init_settings, env_settings, SecretFiles(settings_cls), files


class _Files(TomlConfigSettingsSource):
    """The files of settings, without what is held back of them."""

    def _read_file(self, file_path: Any) -> dict[str, Any]:
        return _read(file_path)[0]


_KNOWN = frozenset({*Settings.model_fields, "config"})
_WORKING_FOLDER = Path("ibid.toml")


def config_files() -> list[Path]:
    """The files that settings are read from where they are there, the later ones winning."""
    if named := os.environ.get("IBID_CONFIG"):
        return [Path(named)]
    return [user_config_path("ibid") / "ibid.toml", _WORKING_FOLDER]


def held_back() -> dict[str, Any]:
    """What the working folder's file says and is not taken from it, by name; keys as asterisks.

    Raises:
        SettingsError: the file cannot be read.
    """
    if _WORKING_FOLDER not in config_files() or not _WORKING_FOLDER.is_file():
        return {}
    return _shown(_parsed(_WORKING_FOLDER)[1])


def only_if_trusted(file: Path) -> dict[str, Any]:
    """What a file says that is taken only if the file is trusted, by name; keys as asterisks.

    Raises:
        SettingsError: the file cannot be read.
    """
    said = _parsed(file)
    return _shown({name: one for part in said for name, one in part.items() if _says_where(name)})


def remark() -> str:
    """One line on what is held back of the working folder's file; empty where nothing is."""
    held = ", ".join(dict.fromkeys(name.partition(".")[0] for name in held_back()))
    if not held:
        return ""
    changed = trust.was_trusted(_WORKING_FOLDER)
    why = "has changed since you trusted it" if changed else "may be a stranger's"
    return (
        f"{_WORKING_FOLDER}: {held} not taken from this folder's file, which {why}; "
        "see it with ibid config, then run: ibid trust"
    )


def _read(file: Path) -> tuple[dict[str, Any], dict[str, Any]]:
    """What is taken of a file of settings, and what is held back.

    Raises:
        ValueError: it is no TOML.
        SettingsError: it cannot be read.
    """
    found = trust.contents(file)
    said = tomllib.loads(found.decode())
    if not _is_strangers(file) or trust.is_trusted(file, found):
        return said, {}
    held = {name: value for name, value in said.items() if _says_where(name)}
    return {name: value for name, value in said.items() if name not in held}, held


def _parsed(file: Path) -> tuple[dict[str, Any], dict[str, Any]]:
    try:
        return _read(file)
    except ValueError as error:
        raise SettingsError(f"{file}: {error}; mend the file or remove it") from None


def _shown(said: dict[str, Any]) -> dict[str, Any]:
    return {n: "*" * 10 if is_secret(n.lower()) else one for n, one in _flat(said).items()}


def is_secret(name: str) -> bool:
    """Whether what a setting of this name says is to be shown to nobody."""
    field = Settings.model_fields.get(name)
    return field is not None and holds_secret(field)


def _is_strangers(file: Path) -> bool:
    """Whether a file is only read because it lies in the working folder."""
    own, *_ = config_files()
    return file == _WORKING_FOLDER and file != own and file.resolve() != own.resolve()


def _says_where(name: str) -> bool:
    """Whether a setting, or one of its section, is no number, switch or choice.

    A name that is no setting is told of elsewhere.
    """
    field = Settings.model_fields.get(name.lower())
    return field is not None and not all(map(_says_how_much, kinds(field.annotation)))


def _says_how_much(kind: Any) -> bool:
    return get_origin(kind) is Literal or kind in (int, float, bool, type(None))


def origins(settings: Settings) -> dict[str, str]:
    """Where the value of each setting comes from: a variable, a file, or "default".

    A flag that differs from all of these is told as "flag".
    """
    found = dict.fromkeys(names(), "default")
    for file in config_files():
        if file.is_file():
            for name in _flat(_read(file)[0]):
                found[name] = str(file)
    for name in found:
        variable = f"IBID_{name.replace('.', '__').upper()}"
        if is_secret(name) and os.environ.get(f"{variable}_FILE"):
            found[name] = f"{variable}_FILE"
        if os.environ.get(variable):
            found[name] = variable
    unflagged = flat(load())
    return {
        name: origin if flat(settings)[name] == unflagged[name] else "flag"
        for name, origin in found.items()
    }


def names() -> list[str]:
    """Every setting by its name, those of a section as ``section.name``."""
    found = []
    for name, field in Settings.model_fields.items():
        section = field.annotation
        if isinstance(section, type) and issubclass(section, Section):
            found += [f"{name}.{inner}" for inner in section.model_fields]
        else:
            found.append(name)
    return found


def flat(settings: Settings) -> dict[str, Any]:
    """Every setting by its name, as `names` has them."""
    return _flat(settings.model_dump())


def _flat(nested: Mapping[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for name, value in nested.items():
        inner = value if isinstance(value, dict) else None
        found |= {f"{name}.{key}": one for key, one in inner.items()} if inner else {name: value}
    return found


def load(**flags: Any) -> Settings:
    """Read the settings; flags that are None count as not given, ``section.name`` is one too.

    Raises:
        SettingsError: a value makes no sense, or a name is unknown.
    """
    for name in os.environ:
        known = name[5:].lower().partition("__")[0]
        is_of_file = known.endswith("_file") and is_secret(known.removesuffix("_file"))
        if name.startswith("IBID_") and known not in _KNOWN and not is_of_file:
            # Others set such names too: Kubernetes IBID_SERVICE_HOST, for a service called ibid.
            _log.warning("%s: no setting has this name; if it was meant as one, mend it", name)
    if (named := os.environ.get("IBID_CONFIG")) and not Path(named).is_file():
        raise SettingsError(f"{named}: no such file; mend IBID_CONFIG or --config")
    return _made(_nested(flags))


def changed(settings: Settings, given: Mapping[str, Any]) -> Settings:
    """The same settings but for those given, by name or as ``section.name``.

    Raises:
        SettingsError: a value makes no sense, or a name is unknown.
    """
    everything = settings.model_dump()
    for name, value in given.items():
        section, _, inner = name.partition(".")
        if inner and isinstance(everything.get(section), dict):
            everything[section][inner] = value
        else:
            everything[name] = value
    return _made(everything)


def _made(given: dict[str, Any]) -> Settings:
    try:
        return Settings(**given)
    except ValidationError as error:
        first = error.errors()[0]
        name = ".".join(str(part) for part in first["loc"]) or "ibid.toml"
        raise SettingsError(
            f"setting {name}: {first['msg'].lower()}; "
            f"set it in ibid.toml, as IBID_{name.replace('.', '__').upper()} or by its flag"
        ) from None
    except (ValueError, OSError) as error:
        raise SettingsError(f"ibid.toml: {error}; mend the file or remove it") from None


def _nested(flags: Mapping[str, Any]) -> dict[str, Any]:
    given: dict[str, Any] = {}
    for name, value in flags.items():
        section, _, inner = name.partition(".")
        if inner and value is not None:
            given.setdefault(section, {})[inner] = value
        elif value is not None:
            given[name] = value
    return given
