"""Every word of the window that a person reads, in the language of whoever reads it.

``strings.STOPPED`` is looked up in `english` or in `german`, whichever is spoken just now, so it
has to be looked up where it is shown and not kept. Each name stands in both files.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from types import ModuleType
from typing import TYPE_CHECKING, Any

from ui.strings import english, german

if TYPE_CHECKING:
    from rag.schema import ArticleInfo, Sentence
    from ui.strings.english import *  # noqa: F403

LANGUAGES: dict[str, ModuleType] = {"en": english, "de": german}
DEFAULT = "en"

_spoken: ContextVar[str] = ContextVar("language", default=DEFAULT)


def spoken() -> str:
    """The language of this moment, a key of ``LANGUAGES``."""
    return _spoken.get()


@contextmanager
def speaking(language: str) -> Iterator[None]:
    """Say everything in this language until the block ends."""
    before = _spoken.set(language)
    try:
        yield
    finally:
        _spoken.reset(before)


def preferred(accepted: str) -> str:
    """The language that suits an ``Accept-Language`` header best."""
    wishes = []
    for place, wish in enumerate(accepted.split(",")):
        tag, _, weight = wish.partition(";")
        try:
            quality = float(weight.partition("=")[2]) if weight else 1.0
        except ValueError:
            continue
        wishes.append((-quality, place, tag.strip().lower().split("-")[0]))
    known = (tag for quality, _, tag in sorted(wishes) if tag in LANGUAGES and quality < 0)
    return next(known, DEFAULT)


def before(sentence: Sentence) -> str:
    """What is said before a sentence that is a quotation; empty where nothing is."""
    if not sentence.lead or not sentence.citations:
        return ""
    article = sentence.citations[0].article
    if not article.publisher:
        named = __getattr__("titled")(article.title)
    elif "publisher" in article.by_hand:
        named = article.publisher
    else:
        named = __getattr__("signed")(article.publisher)
    words: str = __getattr__("lead")(sentence.lead, named, article.site, article.published)
    return words


def whence(article: ArticleInfo) -> str:
    """Who published an article, as far as known or as it says, and from which site it was had."""
    words: str = __getattr__("origin")(
        article.publisher or "", article.site, is_stated="publisher" not in article.by_hand
    )
    return words


def place(article: ArticleInfo, offset: int) -> str:
    """The page, slide or sheet on which a place of its text stands; empty if it has none."""
    named: str = __getattr__("PAGES")[article.page_kind]
    number = article.page(offset)
    return named.format(number=number) if number else ""


def writer(article: ArticleInfo) -> str:
    """Who wrote an article, as far as known or as it says."""
    words: str = __getattr__("by")(article.author or "", is_stated="author" not in article.by_hand)
    return words


def why(sentence: Sentence) -> str:
    """Why a sentence is supported, partly, or not; empty where nothing is to be said."""
    template: str = __getattr__("REASONS")[sentence.because.kind]
    return template.format(*sentence.because.words)


def told(sentence: Sentence) -> str:
    """A sentence as it is shown: what Ibid says of its answer, in the language spoken."""
    return why(sentence) if sentence.is_own and sentence.because.kind != "own" else sentence.text


def paragraphs(sentences: Sequence[Sentence]) -> list[list[Sentence]]:
    """The sentences as they are set: each quotation alone, as each that is said of an article.

    What stands between them is together.
    """
    blocks: list[list[Sentence]] = []
    for sentence in sentences:
        if blocks and not (_is_alone(sentence) or _is_alone(blocks[-1][-1])):
            blocks[-1].append(sentence)
        else:
            blocks.append([sentence])
    return blocks


def _is_alone(sentence: Sentence) -> bool:
    return sentence.is_quote or sentence.article is not None


def __getattr__(name: str) -> Any:
    spoken = LANGUAGES[_spoken.get()]
    return getattr(spoken if hasattr(spoken, name) else english, name)
