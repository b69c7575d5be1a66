"""Cases made from articles: a language model proposes, rules throw out, a person decides.

The model reads a passage and writes a question, its answer and the sentence that says so. Of
that a case is proposed only if (each a reason that is counted, see `REASONS`):

- the sentence stands in the passage word for word, and the answer in the sentence;
- the question can be understood without the passage, and does not give its answer away;
- the sentence answers it, by the reranker and by `rag.verify.answer_type`;
- searched for in the whole library, the sentence is among the first passages (the round trip of
  Alberti et al., ACL 2019, with retrieval in the place of reading);
- without its article, no passage reaches the probability at which Ibid answers.

Questions without an answer are made by taking the article away: `Case.without` asks the same
question as if its article were not in the library. There are two sorts, told apart by tag.
``removed`` is made of every third case that was proposed; by the last rule no other article comes
near, so that Ibid, which refuses by the same probability, is sure to refuse it: it shows what
other settings and models do, and says nothing of the threshold itself. ``near-miss`` is made of
a question that only the last rule threw out, where what the others say holds no word of the
answer: an article on the same matter without the detail. Figures and dates make none, because
articles on one matter differ in them. It is the hard sort, to be read with care, since the same
answer may stand there in other words.
"""

from __future__ import annotations

import random
import re
from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import chain, zip_longest

from langchain_core.language_models import BaseChatModel
from langchain_core.messages import BaseMessage

from eval import prompts
from eval.generation.candidates import Candidate
from eval.importers.foreign import find
from eval.measures.scoring import span
from eval.metrics import Span, overlapping
from eval.sets.cases import Case, Evidence
from rag.assistant import Assistant
from rag.decision import outcome
from rag.errors import ProviderError
from rag.index.chunking import in_context
from rag.language.facts import analyse
from rag.models.chat import reason as why
from rag.prompts import inert
from rag.query.classification import classify
from rag.schema import ArticleInfo, Chunk, Filter, Passage
from rag.verify.answer_type import mismatch

UNREADABLE = "the reply is not a quote, a question and an answer"
NO_QUOTE = "the quote does not stand in the passage"
NO_ANSWER = "the answer does not stand in the quote, or is all of it"
LEANS = "the question cannot be understood without the passage"
TELLS = "the question gives the answer away"
BESIDE = "the quote does not answer the question"
TWICE = "the question was asked before"
LOST = "a search for the question does not find the passage"
ELSEWHERE = "another article may answer the question too"
REASONS = (UNREADABLE, NO_QUOTE, NO_ANSWER, LEANS, TELLS, BESIDE, TWICE, LOST, ELSEWHERE)

_SHORTEST = 100
_LARGEST_SHARE = 0.8
_REPLY = re.compile(r"\s*Quote:(.+?)\n\s*Question:(.+?)\n\s*Answer:([^\n]+)", re.DOTALL)
_PASSAGE = re.compile(
    r"\b(?:this|these|those|the (?:article|text|passage|author|report|story|sentence|quote)|"
    r"according to)\b",
    re.IGNORECASE,
)
_PERSON = re.compile(r"\b(?:he|him|his|she|her|hers)\b", re.IGNORECASE)
_THING = re.compile(r"\b(?:it|its|they|them|their|theirs|there)\b", re.IGNORECASE)
# "the bridge", "the new manager": which one, where the question names nothing?
_DEFINITE = re.compile(r"\bthe (?!first|last|most|main|\w+est\b)[a-z]", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Draft:
    """What the model proposes; ``quote`` in the article's own letters."""

    quote: str
    question: str
    answer: str


def generate(
    assistant: Assistant,
    model: BaseChatModel,
    n: int,
    name_of: Callable[[ArticleInfo], str],
    *,
    seed: int = 0,
    before: Sequence[Candidate] = (),
) -> Iterator[list[Candidate]]:
    """Make ``n`` attempts at a case, less those of ``before``, one passage each, over all articles
    in turn; yields what came of each: one candidate, or two with a question without an answer.

    Args:
        assistant: what searches the library.
        name_of: how evidence is to name an article.

    Raises:
        ProviderError: the model fails.
    """
    settings = assistant.library.settings
    done = {one.chunk for one in before}
    asked = {one.case.question.lower() for one in before if one.case}
    proposed = sum(one.state != "dropped" for one in before if one.id == one.chunk)
    for info, chunk in _passages(assistant, seed, done, n - len(done)):
        try:
            reply = model.invoke(_prompt(info, chunk)).text
        except Exception as error:
            told = why(error, settings).rstrip(".")
            raise ProviderError(
                f"{settings.model} failed ({told}); what was made until now is kept: mend that "
                "and begin again to go on",
                "failed while proposing",
                model=settings.model,
                why=told,
            ) from None
        made = _judged(assistant, info, chunk, reply, asked, name_of(info))
        first = made[0]
        if first.case and first.state == "waiting":
            asked.add(first.case.question.lower())
            proposed += 1
            if proposed % 3 == 0:
                made.append(_without(first, first.case, name_of(info), "removed"))
        model_name = settings.model
        version = int(prompts.version("question"))
        yield [replace(one, reply=reply, model=model_name, prompt=version) for one in made]


def _passages(
    assistant: Assistant, seed: int, done: Collection[str], n: int
) -> Iterator[tuple[ArticleInfo, Chunk]]:
    """Up to ``n`` chunks that are long enough and not done, one of each article in turn."""
    draw = random.Random(seed)
    catalog = assistant.library.catalog
    infos = sorted(catalog.articles(), key=lambda info: info.id)
    draw.shuffle(infos)
    piles = []
    for info in infos:
        chunks = [one for one in catalog.chunks_of(info.id) if len(one.text) >= _SHORTEST]
        draw.shuffle(chunks)
        piles.append([(info, one) for one in chunks])
    in_turn = chain.from_iterable(zip_longest(*piles))
    left = (one for one in in_turn if one and one[1].id not in done)
    yield from (one for one, _ in zip(left, range(n), strict=False))


def _judged(
    assistant: Assistant,
    info: ArticleInfo,
    chunk: Chunk,
    reply: str,
    asked: Collection[str],
    name: str,
) -> list[Candidate]:
    """What comes of a reply by the rules."""
    blank = Candidate(chunk.id, "dropped", chunk.id, info.title, chunk.text)
    draft = parsed(reply, chunk.text)
    if isinstance(draft, str):
        return [replace(blank, reason=draft)]
    case = Case(
        id=chunk.id,
        question=draft.question,
        answerable=True,
        answers=(draft.answer,),
        evidence=(Evidence(name, draft.quote),),
        tags=("generated",),
    )
    made = replace(blank, case=case)
    fault = (
        fault_of(draft)
        or (_is_beside(assistant, info, draft) and BESIDE)
        or (draft.question.lower() in asked and TWICE)
    )
    if fault:
        return [replace(made, reason=fault)]
    start = chunk.start + chunk.text.index(draft.quote)
    if not _is_found(assistant, info, draft, start):
        return [replace(made, reason=LOST)]
    others = _elsewhere(assistant, info, draft.question)
    best = max(others, key=lambda one: one.probability or 0.0, default=None)
    if best:
        made = replace(made, nearest=best.text, nearest_score=best.probability or 0.0)
    if not best or outcome(best.probability or 0.0, assistant.library.settings) == "refused":
        return [replace(made, state="waiting")]
    made = replace(made, reason=ELSEWHERE)
    if says_nothing_of(draft, others):
        return [made, _without(made, case, name, "near-miss")]
    return [made]


def parsed(reply: str, passage: str) -> Draft | str:
    """The draft in a model's reply, or the reason why there is none."""
    match = _REPLY.match(reply)
    if not match:
        return UNREADABLE
    quote, question, answer = (" ".join(part.split()).strip(' "“”') for part in match.groups())
    stands = find(quote, passage)
    if len(quote.split()) < 4 or not stands:
        return NO_QUOTE
    if not question.endswith("?"):
        return UNREADABLE
    quote = passage[slice(*stands)]
    within = re.search(re.escape(answer.rstrip(".")) or "$^", quote, re.IGNORECASE)
    if not within or len(answer) > _LARGEST_SHARE * len(quote):
        return NO_ANSWER
    return Draft(quote, question, within.group())


def fault_of(draft: Draft) -> str:
    """What is wrong with a question by its words alone; empty if nothing is."""
    if not stands_alone(draft.question):
        return LEANS
    told = [one.stem for one in analyse(draft.answer).tokens if not one.says_little]
    asked = analyse(draft.question).stems
    if sum(stem in asked for stem in told) > len(told) / 2:
        return TELLS
    question = classify(draft.question)
    if mismatch(question, draft.answer) or mismatch(question, draft.quote):
        return BESIDE
    return ""


def stands_alone(question: str) -> bool:
    """Whether a question can be understood by one who sees nothing else.

    A pronoun needs something before it that it can mean; "the bridge" needs a name or a date
    beside it. English.
    """
    reading = analyse(question)
    names = [fact for fact in reading.facts if fact.kind == "name"]
    is_told = bool(names) or any(fact.kind == "date" for fact in reading.facts)
    if _PASSAGE.search(question) or (_DEFINITE.search(question) and not is_told):
        return False
    first = min((question.find(name.text) for name in names), default=len(question))
    if any(match.start() < first for match in _PERSON.finditer(question)):
        return False
    content = [token.at for token in reading.tokens if not token.says_little]
    return (
        all(any(at < match.start() for at in content) for match in _THING.finditer(question))
        and len(content) >= 2
    )


def _is_beside(assistant: Assistant, info: ArticleInfo, draft: Draft) -> bool:
    """Whether the reranker holds that the quote does not answer, under its title and bare."""
    scorer = assistant.retriever.reranker
    logits = scorer.scores(draft.question, [draft.quote, in_context(info.title, draft.quote)])
    probability = scorer.probability(sum(logits) / len(logits))
    return outcome(probability, assistant.library.settings) == "refused"


def _is_found(assistant: Assistant, info: ArticleInfo, draft: Draft, start: int) -> bool:
    passages = assistant.search(draft.question, assistant.library.settings.passages)
    quoted = Span(info.id, start, start + len(draft.quote))
    return any(overlapping(map(span, passages), [quoted]))


def _elsewhere(assistant: Assistant, info: ArticleInfo, question: str) -> list[Passage]:
    ids = (one.id for one in assistant.library.articles() if one.id != info.id)
    only = Filter(articles=tuple(ids))
    # A filter that names nothing lets everything pass.
    return assistant.search(question, only=only) if only.articles else []


def says_nothing_of(draft: Draft, passages: Sequence[Passage]) -> bool:
    """Whether no passage has a word of the answer that the question has not.

    Never of a figure or a date, because articles on one matter differ in these: the others may
    give another one, and with it an answer.
    """
    answer, asked = analyse(draft.answer), analyse(draft.question).stems
    if any(fact.kind != "name" for fact in answer.facts):
        return False
    words = {one.stem for one in answer.tokens if not one.says_little} - asked
    return bool(words) and not any(words & analyse(one.text).stems for one in passages)


def _without(made: Candidate, case: Case, name: str, sort: str) -> Candidate:
    """The same question without the article that answers it."""
    gone = Case(
        id=f"{case.id}.without",
        question=case.question,
        answerable=False,
        tags=("generated", "unanswerable", sort),
        without=(name,),
    )
    return replace(made, id=gone.id, state="waiting", reason="", case=gone)


def _prompt(info: ArticleInfo, chunk: Chunk) -> list[BaseMessage]:
    date = f"{info.published:%d %B %Y}" if info.published else ""
    last = _ask(inert(info.title), date, inert(chunk.text))
    return prompts.few_shot("question").messages(_ask, last)


def _ask(title: str, date: str, text: str) -> str:
    return "\n".join([f"Title: {title}", *([f"Date: {date}"] if date else []), f"Text: {text}"])
