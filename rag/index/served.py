"""A vector index that a Chroma server keeps, on this machine or another."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any
from urllib.parse import urlsplit

from pydantic import SecretStr

from rag.breaker import Breaker
from rag.errors import IndexAway, SettingsError
from rag.index.vectors import ChromaIndex, collection


class Server:
    """A Chroma server, by its address; ``token`` is sent as a bearer's.

    It is waited for ``timeout`` seconds; once it did not answer, nobody asks it for ``pause``.

    Raises:
        SettingsError: the address is none.
    """

    def __init__(self, address: str, token: SecretStr | None, timeout: float, pause: float) -> None:
        parts = urlsplit(address)
        if parts.scheme not in {"http", "https"} or not parts.hostname:
            raise SettingsError("chroma is no web address; write it as http://127.0.0.1:8000")
        self.address = f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}"
        self._host, self._is_safe = parts.hostname, parts.scheme == "https"
        self._port = parts.port or (443 if self._is_safe else 8000)
        self._token, self._timeout = token, timeout
        self._breaker = Breaker(pause)
        self._lock = threading.Lock()
        self._client: Any = None

    def index(self, name: str) -> ServedIndex:
        """The index in a collection of this name, made if there is none. Raises IndexAway."""
        return ServedIndex(self, name)

    def discard(self, name: str) -> None:
        """Remove a collection, if there is one of this name. Raises IndexAway."""
        self._if_there(lambda client: client.delete_collection(name))

    def rename(self, name: str, new: str) -> None:
        """Have a collection in place of another; nothing, if there is none. Raises IndexAway."""
        made = self._if_there(lambda client: client.get_collection(name, embedding_function=None))
        if made is not None:
            self.discard(new)
            self.asked(lambda client: made.modify(name=new))

    def _if_there(self, call: Callable[[Any], Any]) -> Any:
        """What a call about a collection returns; None where there is none."""
        try:
            return self.asked(call)
        except IndexAway as error:
            if not _is_none_there(error):
                raise
            return None

    def asked(self, call: Callable[[Any], Any]) -> Any:
        """What a call of Chroma's client returns.

        Raises:
            IndexAway: the server does not answer, or not as a Chroma server does.
        """
        try:
            with self._breaker.asking(_is_from_afar):
                return call(self._connected())
        except Exception as error:  # httpx's, Chroma's own and ValueError share no class
            if _is_from_afar(error):
                self._client = None
            raise self._away(str(error).partition("\n")[0] or type(error).__name__) from error

    def _connected(self) -> Any:
        import chromadb
        from chromadb.config import Settings

        with self._lock:
            if self._client is None:
                secret = self._token.get_secret_value() if self._token else ""
                client = chromadb.HttpClient(
                    self._host,
                    self._port,
                    ssl=self._is_safe,
                    headers={"Authorization": f"Bearer {secret}"} if secret else None,
                    # Chroma would read a file .env of the working folder.
                    settings=Settings(_env_file=None, anonymized_telemetry=False),
                )
                # Its own is none: who asks would wait as long as the server hangs.
                client._server._session.timeout = self._timeout
                self._client = client
            return self._client

    def _away(self, why: str) -> IndexAway:
        return IndexAway(
            f"The Chroma server at {self.address} cannot be asked ({why}), so articles are found "
            "by their words alone; start it, or mend IBID_CHROMA.",
            "index away",
            address=self.address,
            why=why,
        )


class ServedIndex(ChromaIndex):
    """Chunk ids by nearness to a vector, as a server finds them. Any number of processes may ask.

    Each method raises IndexAway where the server does not answer.
    """

    def __init__(self, server: Server, name: str) -> None:
        self._server = server
        self._name = name
        self._collection: Any = _Asked(server, name)

    def close(self) -> None:
        """Nothing is held."""

    def clear(self) -> None:
        """Forget everything."""
        self._server.discard(self._name)
        self._collection = _Asked(self._server, self._name)


class _Asked:
    """A collection whose every call goes by `Server.asked`, made if there is none."""

    def __init__(self, server: Server, name: str) -> None:
        self._server, self._name = server, name
        self._inner = self._opened()

    def _opened(self) -> Any:
        return self._server.asked(lambda one: collection(one, self._name))

    def __getattr__(self, name: str) -> Any:
        def ask(*given: Any, **named: Any) -> Any:
            try:
                return self._server.asked(lambda _: getattr(self._inner, name)(*given, **named))
            except IndexAway as error:
                if not _is_none_there(error):
                    raise
            # Another process made it anew, under the same name.
            self._inner = self._opened()
            return self._server.asked(lambda _: getattr(self._inner, name)(*given, **named))

        return ask


def _is_none_there(error: IndexAway) -> bool:
    """Whether the server says that it has no such collection."""
    from chromadb.errors import NotFoundError

    return isinstance(error.__cause__, NotFoundError)


def _is_from_afar(error: BaseException) -> bool:
    """Whether it is that of a connection, and not what the server itself says."""
    import httpx

    return isinstance(error, httpx.TransportError | OSError) or (
        isinstance(error, ValueError) and "Could not connect" in str(error)
    )
