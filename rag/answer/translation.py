"""A question in a language that the articles are not in, put into theirs by the language model.

The models here read English, and words are only found in their own language. What the model wrote
is asked only where it has every number, quotation and name of the question.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence

from rag.language.terms import content_words, spoken
from rag.query.wording import readable
from rag.retrieve.by_words import is_read
from rag.schema import ArticleInfo, Filter
from rag.settings import Settings
from rag.stores import Catalog

_WORD = re.compile(r"[^\W\d_][^\W_]*(?:-[^\W_]+)*")
_QUOTED = re.compile(r"[“„«\"‚‘]([^“”„«»\"‚‘’]{2,200})[”“»\"’‘]")
# "1 450", "1.450" and "1,450" are one number: its figures tell it from others.
_FIGURES = re.compile(r"\d+(?:[.,'’\u00a0\u202f ]\d+)*")
_LOOKED_AT = 60  # articles
_READ = 600  # characters of each
_HITS = 20  # pieces of articles in which a name is looked for
_LONGEST = 3  # times as long as the question, beyond which it is something else
_ROOM = 40  # characters that any translation may be longer


def language_to_ask_in(
    question: str, catalog: Catalog, only: Filter | None, settings: Settings
) -> str:
    """The language that most articles are in, where the question is in none that is found there.

    ISO 639-1; empty where the question can be asked as it is: an article is in its language, or
    the models here read it and theirs. ``only`` are the articles that are asked.
    """
    language = spoken(question)
    languages: Counter[str] = Counter()
    for article in _some(catalog, only) if language else ():
        of_article = _language(article, catalog)
        if of_article == language:
            return ""
        languages[of_article] += 1
    del languages[""]
    target = max(languages, key=languages.__getitem__, default="")
    are_read = is_read(language, settings) and is_read(target, settings)
    return "" if are_read else target


def _some(catalog: Catalog, only: Filter | None) -> Sequence[ArticleInfo]:
    """So many of the articles, old and new, that most languages of a library are among theirs."""
    admitted = set(catalog.matching(only)) if only else None
    articles = [one for one in catalog.articles() if admitted is None or one.id in admitted]
    return articles[:: len(articles) // _LOOKED_AT + 1]


def _language(article: ArticleInfo, catalog: Catalog) -> str:
    """Of its text, since few articles name theirs; what it names where that is unclear."""
    named = (article.language or "")[:2].lower()
    return spoken(catalog.text(article.id, 0, _READ)) or named


def is_same_question(translated: str, question: str, target: str, catalog: Catalog) -> bool:
    """Whether a translation asks the same, as far as numbers, quotations and names can tell."""
    return (
        0 < len(translated) <= _LONGEST * len(question) + _ROOM
        and spoken(translated) in ("", target)
        and _figures(translated) == _figures(question)
        and all(words.casefold() in translated.casefold() for words in _kept(question, catalog))
    )


def translated(words: str, question: str, target: str, catalog: Catalog) -> str:
    """What the model wrote, if it is the same question; else the question as it was asked."""
    line = readable(next(iter(words.strip().splitlines()), "")).strip("\"'“”„ ")
    return line if is_same_question(line, question, target, catalog) else question


def _figures(text: str) -> Counter[str]:
    return Counter(re.sub(r"\D", "", number) for number in _FIGURES.findall(text))


def _kept(question: str, catalog: Catalog) -> Iterator[str]:
    """The words of a question that no translation changes, since the articles have them so.

    They are its quotations, and its words with a capital that are names there: a German noun is
    none in an English article.
    """
    for quotation in _QUOTED.findall(question):
        if any(quotation.casefold() in text.casefold() for text in _texts(quotation, catalog)):
            yield quotation
    informative = frozenset(content_words(question, spoken(question)))
    for word in _WORD.findall(question):
        # Where a sentence begins, any word has a capital.
        name = re.compile(rf"(?:(?<=[a-zß-ÿ] )|(?<=, )){re.escape(word)}\b")
        says_something = word[0].isupper() and word.lower() in informative
        if says_something and any(map(name.search, _texts(word, catalog))):
            yield word


def _texts(words: str, catalog: Catalog) -> list[str]:
    """The pieces of articles that have these words, and the titles of those articles."""
    chunks = catalog.chunks([hit for hit, _ in catalog.search(words, _HITS)]).values()
    titles = [one.title for one in catalog.infos({one.article_id for one in chunks}).values()]
    return [one.text for one in chunks] + titles
