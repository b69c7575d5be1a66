"""One article from the web: fetched with care, then read as any file is.

A link comes from whoever fills the library, and what answers it is a stranger. So no address is
dialled that is not public, whatever name stands for it, but a private one of a host that is named;
every redirect is looked at anew; and time, size and type are limited.
"""

from __future__ import annotations

import asyncio
import ipaddress
import socket
from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote, urlsplit

from rag.errors import ArticleError
from rag.followed import UNSEEN, Seen
from rag.language.visible import spelt
from rag.loaders.encoding import transcoded
from rag.loaders.files import MOST_BYTES, READERS, read_bytes
from rag.loaders.networks import Address, is_private, is_public
from rag.loaders.unpacking import TooLarge, unpacked
from rag.schema import Article

if TYPE_CHECKING:
    import httpx

    from rag.loaders.worker import OnProgress, Worker

WITHIN_S = 30.0
_LOOK_EVERY_S = 0.1
_MOST_REDIRECTS = 5
_LONGEST_LINK = 2_000
_LONGEST_VALIDATOR = 300
_THIS_MACHINE = ("localhost", "127.0.0.1", "::1")
AGENT = "Ibid (a personal library; fetches pages when its owner asks)"
_OFFICE = "application/vnd.openxmlformats-officedocument."
_SUFFIXES = {
    "text/html": ".html",
    "application/xhtml+xml": ".html",
    "application/pdf": ".pdf",
    "text/plain": ".txt",
    "text/markdown": ".md",
    "application/epub+zip": ".epub",
    _OFFICE + "wordprocessingml.document": ".docx",
    _OFFICE + "presentationml.presentation": ".pptx",
    _OFFICE + "spreadsheetml.sheet": ".xlsx",
}
_OF_TEXT = (".html", ".txt", ".md")

Resolve = Callable[[str, int], Sequence[str]]


@dataclass(frozen=True, slots=True)
class Page:
    """What a link led to: the bytes, their media type, and the link that gave them in the end.

    ``charset`` is the encoding that the server says they are in; empty if it does not. ``seen`` is
    what the page is known by when it is asked for again; it ``is_unchanged``, and came without
    bytes, where the server says that it is as it was.
    """

    data: bytes
    media_type: str
    link: str
    charset: str = ""
    seen: Seen = UNSEEN
    is_unchanged: bool = False


def is_link(words: str) -> bool:
    """Whether the words are meant as a link and not as a path."""
    return words.strip().lower().startswith(("http://", "https://"))


def read_link(
    link: str,
    worker: Worker | None = None,
    on_progress: OnProgress = lambda done, of: None,
    **seams: Any,
) -> Article:
    """The article behind a link. Its source is where the link led to in the end.

    ``seams`` are those of `fetch`.

    ``worker`` and ``on_progress`` are as in `read_file`.

    Raises:
        ArticleError: it cannot be fetched, or no article is there.
    """
    link = plain_link(link)
    return read_page(fetch(link, on_progress=on_progress, **seams), link, worker, on_progress)


def plain_link(link: str) -> str:
    """A link as it is fetched, without what names a place within its page.

    Raises:
        ArticleError: it has white space or a control in it, which would break a message, too.
    """
    link = link.strip().partition("#")[0]
    if link != spelt(link):
        raise _invalid(spelt(link))
    return link


def read_page(
    page: Page,
    link: str,
    worker: Worker | None = None,
    on_progress: OnProgress = lambda done, of: None,
) -> Article:
    """The article of a page that was fetched by a link; else as `read_link`."""
    name = unquote(PurePosixPath(urlsplit(page.link).path).stem)[:100]
    suffix = _SUFFIXES[page.media_type]
    named = PurePosixPath(urlsplit(page.link).path).suffix.lower()
    if suffix == ".txt" and READERS.get(named) is READERS[".md"]:
        suffix = ".md"  # Most servers call Markdown plain text.
    file = Path((name or "page") + suffix)
    data = transcoded(page.data, page.charset) if suffix in _OF_TEXT else page.data
    try:
        return read_bytes(data, file, page.link, worker, on_progress)
    except ArticleError as error:
        raise ArticleError(
            f"{link}: {str(error).removeprefix(f'{file}: ')}", error.kind, **error.facts
        ) from None


def fetch(
    link: str,
    *,
    resolve: Resolve | None = None,
    transport: httpx.AsyncBaseTransport | None = None,
    within: float = WITHIN_S,
    most_bytes: int = MOST_BYTES,
    kinds: Iterable[str] | None = tuple(_SUFFIXES),
    on_progress: OnProgress = lambda done, of: None,
    onward: Callable[[str], None] = lambda link: None,
    seen: Seen = UNSEEN,
    intranet: Collection[str] = (),
) -> Page:
    """Fetch one page, within ``within`` seconds and ``most_bytes`` bytes, redirects included.

    ``kinds`` are the media types that are taken; None: any.
    ``resolve`` gives the addresses of a host and port; ``transport`` sends a request whose URL
    names a vetted address. Both are the network's own unless given. ``on_progress`` is told ten
    times a second that it still goes on; what it raises ends it. ``onward`` is told, in a thread
    of its own, each link that a redirect leads to before it is followed; what it raises ends it.
    ``seen``: as the page was last; where it led to is asked whether it is so still. ``intranet``:
    hosts that may have private addresses; one that is this machine has to be named as that.

    Raises:
        ArticleError: the link or where it leads is not allowed, or nothing readable came back.
    """
    import httpx

    async def bounded() -> Page:
        async with asyncio.timeout(within):
            accepted = None if kinds is None else frozenset(kinds)
            vetted = partial(_vetted_address, resolve=resolve or _resolve, intranet=intranet)
            fetching = _fetch(link, vetted, transport, most_bytes, accepted, onward, seen)
            work = asyncio.create_task(fetching)
            while not (await asyncio.wait({work}, timeout=_LOOK_EVERY_S))[0]:
                on_progress(0, 0)
            return work.result()

    try:
        return asyncio.run(bounded())
    except TimeoutError:
        raise ArticleError(
            f"{link}: no whole answer within {within:g} seconds; try again later, or save the "
            "page and add the file",
            "slow",
            seconds=round(within),
        ) from None
    except (httpx.InvalidURL, ValueError):  # UnicodeError, which IDNA's are, among them.
        raise _invalid(link) from None
    except (httpx.HTTPError, OSError) as error:
        line = " ".join(str(error).split()) or type(error).__name__
        raise ArticleError(
            f"{link}: {line}; check the link and the network", "network", why=line
        ) from None


async def _fetch(
    link: str,
    vetted: Callable[[str, int, str], str],
    transport: httpx.AsyncBaseTransport | None,
    most_bytes: int,
    kinds: frozenset[str] | None,
    onward: Callable[[str], None],
    seen: Seen,
) -> Page:
    import httpx

    here = link
    # No proxy of the environment: it would look names up itself, past every check.
    async with httpx.AsyncClient(
        transport=transport or httpx.AsyncHTTPTransport(retries=0),
        follow_redirects=False,
        trust_env=False,
        timeout=10.0,
    ) as client:
        for _ in range(_MOST_REDIRECTS + 1):
            request = await _request(client, here, link, vetted)
            # An ETag is of one address; it means nothing to another that it redirects to.
            asked = _conditions(seen) if here == seen.link else {}
            request.headers.update(asked)
            try:
                response = await client.send(request, stream=True)
            except (httpx.InvalidURL, ValueError):  # A redirect is looked at, if not followed.
                raise _redirected_nowhere(link) from None
            try:
                if there := response.headers.get("location", "") if response.is_redirect else "":
                    here = _joined(here, there, link)
                    _allowed(here, link)
                    await asyncio.to_thread(onward, here)
                    continue
                if asked and response.status_code == 304:
                    return Page(b"", "", here, seen=seen, is_unchanged=True)
                return Page(
                    await _body(response, link, most_bytes, kinds),
                    _media_type(response, link),
                    here,
                    response.charset_encoding or "",
                    Seen(here, _validator(response, "etag"), _validator(response, "last-modified")),
                )
            finally:
                await response.aclose()
    raise ArticleError(
        f"{link}: more than {_MOST_REDIRECTS} redirects; open it in a browser "
        "and add the link where it ends",
        "redirects",
        most=_MOST_REDIRECTS,
    )


async def _request(
    client: httpx.AsyncClient, here: str, link: str, vetted: Callable[[str, int, str], str]
) -> httpx.Request:
    """The request for a page, to an address that was looked at, under the host's own name.

    The address is put into the URL, so no second look-up can give another one; TLS is still
    checked against the name.
    """
    url = _allowed(here, link)
    host = url.raw_host.decode("ascii")
    port = url.port or (443 if url.scheme == "https" else 80)
    address = await asyncio.to_thread(vetted, host, port, link)
    headers = {
        "Host": url.netloc.decode("ascii"),
        "User-Agent": AGENT,
        "Accept": ", ".join(_SUFFIXES),
        "Accept-Encoding": "gzip, deflate",
    }
    return client.build_request(
        "GET",
        url.copy_with(host=address),
        headers=headers,
        extensions={"sni_hostname": host},
    )


def _conditions(seen: Seen) -> dict[str, str]:
    """What asks a server whether a page is as it was; nothing where that cannot be said."""
    said = {"If-None-Match": seen.etag, "If-Modified-Since": seen.modified}
    return {name: value for name, value in said.items() if value}


def _validator(response: httpx.Response, name: str) -> str:
    """What a server calls the state of a page; a stranger's words, which are sent back to it."""
    said = str(response.headers.get(name, ""))
    is_sound = len(said) <= _LONGEST_VALIDATOR and said.isascii() and said.isprintable()
    return said if is_sound else ""


def _joined(here: str, onward: str, link: str) -> str:
    """Where a redirect leads; no name of its host is left to fail later."""
    import httpx

    try:
        url = httpx.URL(here).join(onward)
        return str(url) if url.host is not None else ""
    except (httpx.InvalidURL, ValueError):
        raise _redirected_nowhere(link) from None


def _allowed(here: str, link: str) -> httpx.URL:
    import httpx

    fault = _invalid(link) if here == link else _redirected_nowhere(link)
    try:
        url = httpx.URL(here)
        is_sound = 0 < (80 if url.port is None else url.port) < 65_536 and url.host is not None
    except (httpx.InvalidURL, ValueError):
        raise fault from None
    if len(here) > _LONGEST_LINK:
        raise ArticleError(f"{link[:80]}…: the link is too long", "link long")
    if url.scheme not in ("http", "https") or not url.host:
        raise ArticleError(f"{link}: only http:// and https:// links can be added", "link scheme")
    if not is_sound:
        raise fault
    if url.userinfo:
        raise ArticleError(
            f"{link}: a link with a user name or password is not followed", "link password"
        )
    return url


def _invalid(link: str) -> ArticleError:
    return ArticleError(f"{link[:_LONGEST_LINK]}: this is no valid link; check it", "link invalid")


def _redirected_nowhere(link: str) -> ArticleError:
    return ArticleError(f"{link}: it redirects to no valid link; check it", "redirected nowhere")


def _vetted_address(
    host: str, port: int, link: str, resolve: Resolve, intranet: Collection[str]
) -> str:
    """The first address of a host.

    Raises:
        ArticleError: there is none, or one is neither public nor, of the intranet, private.
    """
    is_inside = host.lower() in {one.lower() for one in intranet}
    is_here = is_inside and host.lower() in _THIS_MACHINE
    try:
        found = [ipaddress.ip_address(address.partition("%")[0]) for address in resolve(host, port)]
    except (OSError, UnicodeError, ValueError):
        found = []
    if not found:
        raise ArticleError(
            f"{link}: there is no host {host}; check the link and the network", "no host", host=host
        )
    for address in found:
        is_allowed = (is_inside and is_private(address)) or (is_here and address.is_loopback)
        if not is_public(address) and not is_allowed:
            raise ArticleError(
                f"{link}: {_naming(host, address)} an address inside this machine or its "
                "network; only public pages can be added, and of hosts that you name: --allow-host "
                f"{host}",
                "host inside",
                host=host,
            )
    return str(found[0])


def _naming(host: str, address: Address) -> str:
    return f"{host} is" if host == str(address) else f"{host} is {address},"


def _resolve(host: str, port: int) -> list[str]:
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(address[0]) for *_, address in found))


def _media_type(response: httpx.Response, link: str) -> str:
    return str(response.headers.get("content-type", "")).partition(";")[0].strip().lower()


async def _body(
    response: httpx.Response, link: str, most_bytes: int, kinds: frozenset[str] | None
) -> bytes:
    if response.status_code != 200:
        raise ArticleError(
            f"{link}: the server says {response.status_code} {response.reason_phrase}; "
            "open it in a browser, save the page, and add the file",
            "server refuses",
            status=response.status_code,
        )
    kind = _media_type(response, link)
    if kinds is not None and kind not in kinds:
        raise ArticleError(
            f"{link}: this is {kind or 'of no stated type'}; a web page, plain text, a PDF, "
            "a book or a file of an office program can be added",
            "media type",
            type=kind or "?",
        )
    data = bytearray()
    try:
        # As it is sent: httpx would unpack each piece whole, however large that makes it.
        async for piece in response.aiter_raw(65_536):
            data += piece
            if len(data) > most_bytes:
                raise TooLarge
        packed = response.headers.get("content-encoding", "")
        return await asyncio.to_thread(unpacked, bytes(data), packed, most_bytes)
    except TooLarge:
        raise ArticleError(
            f"{link}: it is larger than {most_bytes:,} bytes",
            "page large",
            megabytes=most_bytes // 1_000_000,
        ) from None
    except ArticleError as error:
        raise ArticleError(f"{link}: {error}", error.kind, **error.facts) from None
