"""What Ibid answers of itself and of the library: from the catalog, never from a model.

What an article says of itself is its claim: quoted, on one line, and no longer than a sentence.
"""

from __future__ import annotations

import re
import tomllib
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cache
from importlib.resources import files

from babel import Locale, UnknownLocaleError
from babel.dates import format_date
from babel.numbers import format_decimal

from rag.errors import UnknownCollection
from rag.language.forms import stem
from rag.language.lexicon import STOP_WORDS
from rag.language.visible import bounded, quoted
from rag.protocols import Embedder
from rag.query.about import OF_IBID, About, readings
from rag.query.classification import classify
from rag.query.followups import asked_before
from rag.query.small_talk import small_talk
from rag.query.wording import readable
from rag.reasons import Reason
from rag.schema import ArticleInfo, Filter, Sentence, Turn
from rag.stores import Catalog

_WORD = re.compile(r"[^\W_]+(?:['’][^\W_]+)*")
_YEAR = re.compile(r"(?:19|20)\d\d")
_LITTLE = STOP_WORDS | frozenset("der die das den dem des ein eine einen und von vom zu".split())
_IT = frozenset({"it", "this", "that", "er", "ihn", "es", "den"})
_TITLED = re.compile(r"[“„]([^”“]+)[”“]")
_LISTED = 10  # articles that one answer names
_TOLD_OF = 3  # articles of which a fact is told
_NAMES = 20  # publishers, authors or languages that one answer names
_SEARCHED = 300  # characters of an answer by which its article is found again
_MOST = 30_000  # pieces of articles that are looked through for a word


@dataclass(frozen=True, slots=True)
class AboutLibrary:
    """Answers about one library. ``nearest`` finds the article nearest in meaning to a topic."""

    catalog: Catalog
    nearest: Callable[[str, Filter | None], ArticleInfo | None]
    embedder: Embedder

    def answer(
        self, question: str, history: Sequence[Turn] = (), only: Filter | None = None
    ) -> tuple[Sentence, ...]:
        """What is said of the library or of Ibid; nothing where the articles are asked.

        An article that a sentence is of is its ``article``.
        """
        is_overview = classify(readable(question)).kind == "overview"
        talk = small_talk(question, self.embedder)
        for about in (*([talk] if talk else []), *readings(question, is_first=not history)):
            if is_overview and about.of:  # "What do the articles have about …": what they say
                continue
            inquiry = _Inquiry(self, about, tuple(history), only)
            if sentences := inquiry.sentences():
                return tuple(sentences)
        return ()

    def polite(self, question: str) -> tuple[Sentence, ...]:
        """What is said to small talk, though articles have its words, if they have no answer."""
        talk = small_talk(question, self.embedder)
        return (_Inquiry(self, talk, (), None).polite(),) if talk else ()


@dataclass(frozen=True, slots=True)
class _Found:
    """The articles that a question is of, and in which words they are told from the others.

    ``is_near``: they are only the nearest to what was named.
    """

    articles: list[ArticleInfo]
    where: str
    is_near: bool = False


@dataclass(frozen=True, slots=True)
class _Inquiry:
    """One question about the library, and what is said to it."""

    library: AboutLibrary
    about: About
    history: tuple[Turn, ...]
    only: Filter | None

    def sentences(self) -> list[Sentence]:
        """The answer; empty where the catalog knows nothing of what was named."""
        asks = self.about.asks
        if asks == "more":
            return [] if asked_before(self.history) else [self._own("unclear")]
        if self.about.of == "said" and any(map(self._mentioning, _plain_words(self.about.words))):
            return []
        if asks in OF_IBID:
            return [self._own(asks)]
        if not self.library.catalog.count()[0]:
            return [self._own("empty")] if self.about.is_said else []
        found = self._found()
        if found is None:
            return []
        if asks in ("count", "list"):
            return self._listed(found)
        if asks in ("newest", "oldest"):
            return self._by_date(found)
        if asks in ("languages", "publishers", "authors"):
            return [self._gathered(found)]
        return self._facts(found)

    def polite(self) -> Sentence:
        """What is said to small talk."""
        return self._own(self.about.asks)

    # Which articles

    def _found(self) -> _Found | None:
        about = self.about
        articles = self._admitted()
        among = ""
        if about.among:
            articles = [one for one in articles if (one.language or "")[:2] == about.among]
            among = self._say("among", words=_language(about.among, about.language))
        if about.of == "about":
            return self._on_topic(articles, among)
        if about.of == "from":
            return self._from(articles, among)
        if about.of == "collection":
            return self._collected(articles)
        if about.of == "title":
            titled = self._titled(articles)
            return _Found(titled, "") if titled else None
        if about.of == "this":
            return self._this(articles)
        whole = self._say("chosen" if self.only else "in_library")
        return _Found(articles, among or whole)

    def _admitted(self) -> list[ArticleInfo]:
        articles = self.library.catalog.articles()
        if self.only is None:
            return articles
        admitted = set(self.library.catalog.matching(self.only))
        return [article for article in articles if article.id in admitted]

    def _on_topic(self, articles: Sequence[ArticleInfo], among: str) -> _Found | None:
        """The articles that have every word of the topic, those with all in the title first."""
        topic = self.about.words
        words = [word for word in _plain_words(topic) if word not in _LITTLE]
        if not words:
            return None
        having = set.intersection(*(self._mentioning(word) for word in words))
        stems = {stem(word) for word in words}
        titled = {
            one.id for one in articles if stems <= {stem(word) for word in _plain_words(one.title)}
        }
        found = [one for one in articles if one.id in having | titled]
        found.sort(key=lambda one: one.id not in titled)
        where = self._say("about", words=self._quoted(bounded(topic))) + among
        if found:
            is_of_one = self.about.asks not in ("count", "list", "newest", "oldest")
            return _Found(
                [one for one in found if one.id in titled] or found if is_of_one else found, where
            )
        if not self.about.is_said:
            return None
        near = self.library.nearest(topic, self.only)
        return _Found([near] if near else [], where, is_near=True)

    def _mentioning(self, word: str) -> set[str]:
        """The ids of the articles that have a word, or another form of it, in title or text."""
        catalog = self.library.catalog
        hits = [chunk_id for chunk_id, _ in catalog.search(word, _MOST, self.only)]
        return {chunk.article_id for chunk in catalog.chunks(hits).values()}

    def _from(self, articles: Sequence[ArticleInfo], among: str) -> _Found | None:
        """Those of a publisher or an author that is named so, or of a year."""
        words = self.about.words
        if year := _YEAR.fullmatch(words.strip()):
            dated = [
                one for one in articles if one.published and str(one.published.year) == year[0]
            ]
            where = self._say("in_year", words=words) + among
            return _Found(dated, where) if dated or self.about.is_said else None
        asked = {word for word in _plain_words(words) if word not in _LITTLE}
        of_these = [
            one
            for one in articles
            if asked
            and any(asked <= set(_plain_words(name or "")) for name in (one.publisher, one.author))
        ]
        where = self._say("from", words=self._quoted(bounded(words))) + among
        return _Found(of_these, where) if of_these or self.about.is_said else None

    def _collected(self, articles: Sequence[ArticleInfo]) -> _Found | None:
        """Those of the collection that was named."""
        try:
            name = self.library.catalog.collection(self.about.words).name
        except UnknownCollection:
            return None
        inside = set(self.library.catalog.matching(Filter(collections=(name,))))
        where = self._say("collected", words=self._quoted(name))
        return _Found([one for one in articles if one.id in inside], where)

    def _titled(self, articles: Sequence[ArticleInfo]) -> list[ArticleInfo]:
        """Those whose whole title was said; of "it", those that were asked of before."""
        words = _plain_words(self.about.words)
        if len(words) == 1 and words[0] in _IT:
            return self._before()
        return [one for one in articles if words and _plain_words(one.title) == words]

    def _before(self) -> list[ArticleInfo]:
        """The articles that the last question about the library was of."""
        asked = [place for place, turn in enumerate(self.history) if turn.role == "user"]
        before = self.history[: asked[-1]] if asked else ()
        for about in readings(self.history[asked[-1]].text) if asked else ():
            inquiry = _Inquiry(self.library, about, before, self.only)
            found = inquiry._found() if about.of in ("about", "title") else None
            if found:
                return found.articles
        return []

    def _this(self, articles: Sequence[ArticleInfo]) -> _Found:
        """The one article there is or was chosen, or the one that was told of last."""
        if len(articles) == 1:
            return _Found(list(articles), "")
        if before := self._before():
            return _Found(before, "")
        last = next((turn.text for turn in reversed(self.history) if turn.role == "assistant"), "")
        titles = set(_TITLED.findall(last))
        named = [one for one in articles if quoted(one.title)[1:-1] in titles]
        if not named and last:
            catalog = self.library.catalog
            hits = [chunk_id for chunk_id, _ in catalog.search(last[:_SEARCHED], 1, self.only)]
            chunks = catalog.chunks(hits).values()
            said = " ".join(last[:_SEARCHED].split())[:60]
            held = {one.article_id for one in chunks if said in " ".join(one.text.split())}
            named = [one for one in articles if one.id in held]
        return _Found(named[:1], "")

    # What is said of them

    def _listed(self, found: _Found) -> list[Sentence]:
        if found.is_near:
            near = [self._item(one) for one in found.articles]
            return [
                self._own("none", where=found.where),
                *([self._own("nearest"), *near] if near else []),
            ]
        count = self._counted(found)
        if self.about.asks == "count" and not self.about.of:
            return [count]
        if not found.articles:
            return [count]
        items = [self._item(one) for one in found.articles[:_LISTED]]
        return [count, *items, *self._and_more(found)]

    def _counted(self, found: _Found) -> Sentence:
        number = len(found.articles)
        key = {0: "none", 1: "one"}.get(number, "many")
        return self._own(
            key, count=format_decimal(number, locale=self.about.language), where=found.where
        )

    def _and_more(self, found: _Found) -> list[Sentence]:
        more = len(found.articles) - _LISTED
        return [self._own("and_more", count=more)] if more > 0 else []

    def _by_date(self, found: _Found) -> list[Sentence]:
        if found.is_near or not found.articles:
            return self._listed(found)
        dated = [one for one in found.articles if one.published]
        if not dated:
            return [self._own("undated", where=found.where)]
        is_newest = self.about.asks == "newest"
        first = sorted(dated, key=lambda one: one.published or date.min, reverse=is_newest)
        # Of one day all are told; whoever asks for several is told so many.
        many = self.about.many or sum(one.published == first[0].published for one in first)
        told = first[: min(many, _LISTED)]
        key = self.about.asks if self.about.many < 2 else f"{self.about.asks}_of"
        lead = self._own(key, where=found.where, count=len(told))
        return [lead, *map(self._item, told)]

    def _gathered(self, found: _Found) -> Sentence:
        """What the articles name, each with how many do, the most first."""
        name = {"languages": "language", "publishers": "publisher", "authors": "author"}
        facts = (getattr(one, name[self.about.asks]) for one in found.articles)
        counts = Counter(fact for fact in facts if fact)
        if not counts:
            return self._own(f"no_{self.about.asks}", where=found.where)
        told = []
        for fact, count in counts.most_common(_NAMES):
            is_language = self.about.asks == "languages"
            words = _language(fact, self.about.language) if is_language else self._quoted(fact)
            told.append(f"{words} ({count})")
        more = [f"… (+{len(counts) - _NAMES})"] if len(counts) > _NAMES else []
        return self._own(self.about.asks, facts=", ".join(told + more), where=found.where)

    def _facts(self, found: _Found) -> list[Sentence]:
        """The fact that is asked for, of each article that may be meant."""
        if not found.articles:
            if self.about.of == "this":
                return [self._own("which")]
            return [self._own("none", where=found.where)]
        told = [self._fact(one) for one in found.articles[:_TOLD_OF]]
        if found.is_near:
            return [self._own("none", where=found.where), self._own("nearest"), *told]
        if len(found.articles) > _TOLD_OF:
            count = len(found.articles)
            return [self._own("several", count=count, where=found.where), *told]
        return told

    def _fact(self, article: ArticleInfo) -> Sentence:
        asks, language = self.about.asks, self.about.language
        fact = ""
        if asks == "author":
            fact = self._quoted(article.author or "")
        elif asks == "published" and article.published:
            fact = _day(article.published, language)
        elif asks == "origin":
            fact = self._quoted(article.publisher or "")
        elif asks == "language" and article.language:
            fact = _language(article.language, language)
        key = asks if fact or asks == "title" else f"no_{asks}"
        source = self._quoted(bounded(article.link or article.source))
        return self._own(key, article, title=self._quoted(article.title), fact=fact, source=source)

    def _item(self, article: ArticleInfo) -> Sentence:
        """An article by its title, publisher and date, as far as known."""
        known = [self._quoted(article.title), self._quoted(article.publisher or "")]
        known.append(_day(article.published, self.about.language) if article.published else "")
        words = " · ".join(part for part in known if part)
        return Sentence(words, (), "verified", Reason("own"), article=article)

    def _own(self, key: str, article: ArticleInfo | None = None, **facts: object) -> Sentence:
        return Sentence(self._say(key, **facts), (), "verified", Reason("own"), article=article)

    def _say(self, key: str, **facts: object) -> str:
        return _words(self.about.language)[key].format(**facts)

    def _quoted(self, words: str) -> str:
        """Words of others between the language's quotation marks; nothing if there are none."""
        return quoted(words, "„“" if self.about.language == "de" else "“”") if words else ""


def _plain_words(text: str) -> list[str]:
    return [word.lower().replace("’", "'").removesuffix("'s") for word in _WORD.findall(text)]


def _day(day: date, language: str) -> str:
    return format_date(day, "d. MMMM y" if language == "de" else "d MMMM y", locale=language)


def _language(code: str, language: str) -> str:
    try:
        return Locale.parse(code, sep="-").get_display_name(language) or code
    except (ValueError, UnknownLocaleError):
        return bounded(code)


@cache
def _words(language: str) -> dict[str, str]:
    text = (files(__package__) / "about.toml").read_text("utf-8")
    words: dict[str, str] = tomllib.loads(text)[language]
    return words
