"""From what an endpoint sent to an answer as Ibid has it: sentences, citations, passages."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from eval.measures.disclosure import Disclosure
from eval.targets import fields, ibid, markdown
from eval.targets.articles import Place, SetArticles, Source, numbered
from eval.targets.endpoint import Citations
from eval.targets.fields import Fields
from eval.targets.markdown import Line, Mark, Written
from eval.targets.reply import Reply
from eval.targets.words import is_refusal
from rag.errors import ProviderError
from rag.reasons import Reason
from rag.schema import Answer, Citation, Sentence

MOST_CHARACTERS = 200_000
_QUOTED = re.compile(r"“([^”]+)”|„([^“”]+)[“”]|«([^»]+)»|\"([^\"]+)\"")
_ADDRESS = re.compile(r"https?://[^\s<>\"”)\]]+")
_PUNCTUATION = ' \t,;:.–—-|()*_"'


@dataclass(frozen=True, slots=True)
class Message:
    """The first choice of a chat completion. ``document`` is all that was sent."""

    text: str
    refusal: str
    message: Mapping[str, Any]
    document: Mapping[str, Any]

    @property
    def fields(self) -> Fields:
        """What it says beside its text."""
        return fields.read(self.message, self.document)


def message_of(document: Any) -> Message:
    """The message of a chat completion.

    Raises:
        ProviderError: it is none, or says nothing.
    """
    choices = document.get("choices") if isinstance(document, Mapping) else None
    first = choices[0] if isinstance(choices, list) and choices else None
    message = first.get("message") if isinstance(first, Mapping) else None
    if not isinstance(message, Mapping):
        raise ProviderError(
            "it sent no chat completion (no choices[0].message); check that the address is that "
            "of an OpenAI-compatible API"
        )
    text, annotations = _content(message.get("content"))
    if annotations and not message.get("annotations"):
        message = {**message, "annotations": annotations}
    refusal = message.get("refusal")
    refusal = refusal if isinstance(refusal, str) else ""
    if not (text.strip() or refusal.strip()):
        raise ProviderError("its answer is empty; ask it by hand to see why")
    if len(text) > MOST_CHARACTERS:
        raise ProviderError(f"its answer has more than {MOST_CHARACTERS:,} characters")
    return Message(text, refusal, message, document)


def detected(messages: Iterable[Message]) -> Citations:
    """Where these answers say what they cite: the first form that any of them has."""
    messages = list(messages)
    for one in messages:
        said = one.fields
        written = markdown.read(one.text)
        numbers = {source.number for source in said.found or ()}
        is_marked = any(mark.label in numbers for mark in written.marks)
        if (
            said.cited
            or ibid.is_one(one.message, said)
            or (said.found and (said.are_shown or is_marked))
        ):
            return "field"
    for one in messages:
        written = markdown.read(one.text)
        if written.notes or written.others or any(mark.address for mark in written.marks):
            return "footnotes"
    return "none"


def read(
    said: Message, citations: Citations, articles: SetArticles, question: str, model: str
) -> Reply:
    """What was said as an answer, and what is known of it.

    Args:
        citations: where to look for what it cites; "auto" as this one answer has them.
        articles: those that its citations and passages are looked for in.
    """
    own = ibid.read(said.text, said.message, said.fields, articles)
    if own and citations in ("auto", "field"):
        answer, disclosed = own
        answer = replace(answer, question=question, model=model)
        return Reply(answer, disclosed, _tokens(said.document))
    mode = detected([said]) if citations == "auto" else citations
    found = said.fields.found
    passages = tuple(articles.passage(one) for one in found or () if one.quote)
    cited = _Cited(said, mode)
    sentences = cited.sentences(articles)
    every = [citation for sentence in sentences for citation in sentence.citations]
    refused = bool(said.refusal.strip()) or is_refusal(cited.written.text)
    if refused and not sentences:
        sentences = (_sentence(said.refusal or said.text),)
    return Reply(
        Answer(
            question,
            sentences,
            passages,
            tuple(every),
            status="refused" if refused else "answered",
            model=model,
        ),
        Disclosure(
            citations=mode != "none",
            places=cited.are_placed,
            quotes=all(one.quote for one in every),
            verdicts=False,
            wordings=False,
            doubts=False,
            probabilities=False,
            passages=bool(passages) or found == (),
        ),
        _tokens(said.document),
    )


@dataclass
class _Cited:
    """The sentences of an answer, and the sources that each cites."""

    said: Message
    mode: Citations
    written: Written = field(init=False)
    are_placed: bool = field(init=False, default=True)

    def __post_init__(self) -> None:
        told = self.said.fields
        listed = told.cited if told.cited is not None else told.found
        self._listed = tuple(listed or ()) if self.mode == "field" else ()
        self._are_cited = told.cited is not None or told.are_shown
        placed = [source for source in self._listed if source.at is not None]
        self._placed = placed
        self.written = markdown.read(self.said.text, [source.at or 0 for source in placed])
        if self.mode == "footnotes":
            notes = self.written.notes
            self._listed = tuple(
                [_noted(line, label) for label, line in notes.items()]
                + [_noted(line, "") for line in self.written.others]
            )
            self._are_cited = True

    def sentences(self, articles: SetArticles) -> tuple[Sentence, ...]:
        """Each with its citations. What is cited nowhere in the text is of the first."""
        by_sentence = [list(self._marked(line)) for line in self.written.sentences]
        for source in self._listed:
            if source.sentence and (place := self._place_of(source.sentence)) is not None:
                by_sentence[place].append(source)
        if self._are_cited and self._listed and not any(by_sentence) and by_sentence:
            self.are_placed = False
            by_sentence[0] = list(self._listed)
        numbers: dict[Place, int] = {}
        return tuple(
            _sentence(line.text, numbered(sources, articles, numbers))
            for line, sources in zip(self.written.sentences, by_sentence, strict=True)
        )

    def _marked(self, line: Line) -> Iterator[Source]:
        for _, mark in line.marks:
            yield from self._meant(mark)

    def _meant(self, mark: Mark) -> Iterator[Source]:
        if self.mode == "none":
            return
        if mark.place >= 0:
            yield self._placed[mark.place]
            return
        labelled = [one for one in self._listed if mark.label and one.number == mark.label]
        if any(one.sentence or one.at is not None for one in labelled):
            return  # it says itself where it is cited
        yield from labelled
        if self.mode == "footnotes" and mark.address and not labelled:
            yield Source(names=tuple(name for name in (mark.address, mark.title) if name))
        elif mark.label and not labelled:
            yield Source(names=(f"[{mark.label}]",))  # it leads nowhere

    def _place_of(self, sentence: str) -> int | None:
        wanted = _letters(sentence)
        for place, line in enumerate(self.written.sentences):
            own = _letters(line.text)
            if own and (own in wanted or wanted in own):
                return place
        return None


def _sentence(text: str, citations: tuple[Citation, ...] = ()) -> Sentence:
    return Sentence(text, citations, "unchecked", Reason("unchecked"))


def _noted(line: Line, label: str) -> Source:
    """What a note names: a quotation in it, addresses, and what stands before these."""
    quotes = [next(filter(None, match.groups())) for match in _QUOTED.finditer(line.text)]
    quote = max(quotes, key=len, default="")
    addresses = [mark.address for _, mark in line.marks if mark.address]
    addresses += _ADDRESS.findall(line.text)
    before = _ADDRESS.sub("", line.text.partition(quote)[0] if quote else line.text)
    titles = [mark.title for _, mark in line.marks if mark.title]
    names = [before.strip(_PUNCTUATION + "“„«"), *titles, *addresses]
    return Source(tuple(name for name in names if name), quote, number=label)


def _content(content: Any) -> tuple[str, list[Any]]:
    """The text of a message, which may come in parts, each with annotations of its own."""
    if isinstance(content, str):
        return content, []
    text, annotations = "", []
    for part in content if isinstance(content, list) else ():
        if isinstance(part, Mapping) and isinstance(said := part.get("text"), str):
            own = part.get("annotations")
            annotations += [_moved(one, len(text)) for one in own] if isinstance(own, list) else []
            text += said
    return text, annotations


def _moved(annotation: Any, by: int) -> Any:
    """An annotation whose places in the text are so much further on."""
    if not isinstance(annotation, Mapping):
        return annotation
    return {
        name: value + by
        if name in ("start_index", "end_index") and isinstance(value, int)
        else _moved(value, by)
        for name, value in annotation.items()
    }


def _tokens(document: Mapping[str, Any]) -> tuple[int, int] | None:
    usage = document.get("usage")
    if not isinstance(usage, Mapping):
        return None
    read, written = usage.get("prompt_tokens"), usage.get("completion_tokens")
    is_told = isinstance(read, int) and isinstance(written, int)
    return (read, written) if is_told else None  # type: ignore[return-value]


def _letters(text: str) -> str:
    return "".join(re.findall(r"\w", text.casefold()))
