"""The numbers that change answers, in one frozen section for each step of the way.

They are fields of `rag.settings.Settings`: set, swept and recorded by name, as
``verification.margin``.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Literal, get_args, get_origin

from pydantic import BaseModel, ConfigDict, Field


class Section(BaseModel):
    """Numbers of one step of the way to an answer; none can be changed in place."""

    model_config = ConfigDict(frozen=True, extra="forbid")


def kinds(annotation: Any) -> Iterator[Any]:
    """The types of a setting, and of each setting of a section."""
    if isinstance(annotation, type) and issubclass(annotation, Section):
        for inner in annotation.model_fields.values():
            yield from kinds(inner.annotation)
    elif get_origin(annotation) is Literal or not get_args(annotation):
        yield annotation
    else:
        for one in get_args(annotation):
            yield from kinds(one)


class ReadingTuning(Section):
    """How long a file may be read, in a process of its own, and how much memory that may take.

    Of a thousand files hardly one takes a second; a book of 500 pages takes about four.
    """

    seconds: float = Field(default=8.0, gt=0, description="of a processor, for any small file")
    seconds_per_mb: float = Field(
        default=10.0, ge=0, description="more for each MB of a file after the first"
    )
    silent_seconds: float = Field(
        default=9.0, gt=0, description="of a processor, without a page more that is read"
    )
    memory_mb: int = Field(
        default=900, ge=300, description="memory of the process that reads, in MB"
    )
    own_sites: tuple[str, ...] = Field(
        default=(),
        description="hosts of one's own, as ['mine.example'], whose robots.txt is not asked for",
    )
    intranet: tuple[str, ...] = Field(
        default=(),
        description="hosts inside one's own network, as ['wiki.corp'], whose pages may be added",
    )
    ocr: bool = Field(
        default=False,
        description="whether pages of a PDF that are only pictures are read; needs the extra ocr",
    )
    # A page took 3 to 5 seconds of a processor, 850 MB of memory, and twice as much of what the
    # system counts as reserved.
    ocr_seconds: float = Field(
        default=30.0, gt=0, description="of a processor, more for each page while ocr is on"
    )
    ocr_memory_mb: int = Field(default=1_500, ge=0, description="more in MB while ocr is on")


class RetrievalTuning(Section):
    """How passages are found. Chosen on the seeds; see eval/README.md."""

    title_weight: float = Field(
        default=0.3, ge=0, description="of a word in the title, against one in the text"
    )
    shingle: int = Field(default=3, ge=1, description="words of the runs by which copies are told")
    near_copy: float = Field(
        default=0.8,
        ge=0,
        le=1,
        description="share of such runs from which a passage is a copy",
    )
    # Of 700 questions of XQuAD and ClapNQ the most likely passage stayed the same for all, and of
    # 250 the best sentence, down to a reach of 1. Of 583 others, the seeds among them, 3 were
    # quoted otherwise than at a reach of 2, and one of these lost its answer; at 1 four did.
    reach: float = Field(
        default=1.5,
        ge=0,
        description="log odds below the best within which others are read again, given",
    )
    # So many take half a second to read; to import and open Chroma takes more than one.
    in_memory: int = Field(
        default=20_000,
        ge=0,
        description="chunks up to which a first question asks the catalog, not the vector index",
    )
    wide: int = Field(
        default=10,
        ge=1,
        description="times as many of the nearest that are looked through for what a filter admits",
    )
    # Chroma takes 32,766 names in all, and as long for each as for a chunk that it compares.
    at_once: int = Field(
        default=5_000,
        ge=1,
        le=30_000,
        description="names of a filter that the vector index is given at once",
    )


class DuplicatesTuning(Section):
    """When two articles are nearly the same. Likeness is of runs of three words, 0 to 1."""

    # Chosen on the even seeds of tests/alike.py. Of 1,000 pairs of odd ones that were reprinted,
    # shortened, edited or given another lead one is missed; of 1,000 that share a frame, a shape or
    # a wording one is taken for near.
    alike: float = Field(
        default=0.7, gt=0, le=1, description="likeness from which they are nearly the same"
    )
    least_words: int = Field(
        default=40,
        ge=3,
        description="words below which a text is not compared, and one of another title or "
        "publisher not taken for the same",
    )


class EvidenceTuning(Section):
    """How sentences are chosen."""

    window: int = Field(default=900, ge=100, description="characters that the reader reads at once")
    window_overlap: int = Field(default=200, ge=0, description="by which two such windows overlap")
    of_an_article: int = Field(
        default=2, ge=1, description="sentences of one article in an overview"
    )
    older: float = Field(
        default=0.7,
        ge=0,
        description="log odds that each newer article costs, where the newest is asked",
    )
    by_words: float = Field(
        default=0.45,
        ge=0,
        le=1,
        description="probability of the best that words alone find, where no model reads",
    )
    shared: float = Field(
        default=0.5,
        ge=0,
        le=1,
        description="share of the question's words above which a passage may be on the subject, "
        "where no model reads",
    )
    oldest: int = Field(default=3, ge=0, description="newer articles that cost something, at most")
    reasons: int = Field(
        default=12,
        ge=0,
        description="likeliest sentences that are read with a neighbour for a reason",
    )
    longest_reason: int = Field(default=70, ge=10, description="words of two such sentences")
    reason_gain: float = Field(
        default=2.0,
        description="logits by which a neighbour must better a sentence to be quoted with it",
    )
    reader_of_reasons: float = Field(
        default=0.3,
        ge=0,
        description="weight of the likelier one's log odds beside the reranker's logit of both",
    )


class VerificationTuning(Section):
    """When the evidence carries a sentence.

    Chosen on the even lines of ClapNQ; eval/bench/checking.py reports on the odd ones. Likeness is
    the share of the words around a fact that stand around it in the evidence too, 0 to 1.
    """

    verified_cover: float = Field(
        default=0.85,
        ge=0,
        le=1,
        description="share of a sentence's words from which it is verified",
    )
    partial_cover: float = Field(
        default=0.4, ge=0, le=1, description="the same, from which it is supported in part"
    )
    # Everything there is held against everything here, so both must end somewhere. No sentence of
    # `rag.language.sentences` is longer; what is not read of the evidence supports nothing.
    longest_claim: int = Field(
        default=2_000, ge=1, description="characters of a sentence that can be checked"
    )
    longest_evidence: int = Field(
        default=12_000, ge=1, description="characters that are read of the evidence"
    )
    most_facts: int = Field(default=100, ge=1, description="facts of a sentence that is checked")
    same_beginning: int = Field(
        default=4,
        ge=1,
        description="first letters by which two words are forms of one, as Kenyan and Kenya",
    )
    rough: float = Field(
        default=0.05, ge=0, le=1, description="share by which a rough number may be another"
    )
    candidates: int = Field(
        default=40, ge=1, description="other sentences that are tried as evidence"
    )
    partners: int = Field(default=6, ge=0, description="of these, the first that get a second one")
    pairs: int = Field(default=2, ge=0, description="second ones that each of them is tried with")
    margin: float = Field(
        default=0.06, ge=0, description="likeness by which what contradicts is nearer"
    )
    least_likeness: float = Field(
        default=0.2, ge=0, le=1, description="likeness from which another fact contradicts"
    )
    other_role: float = Field(
        default=0.7,
        ge=0,
        le=1,
        description="share of the likeness of what stands after another preposition",
    )
    denial_margin: float = Field(
        default=0.1, ge=0, description="likeness by which what is not denied is nearer"
    )
    same_denial: float = Field(
        default=0.2, ge=0, description="likeness added where both deny by the same word"
    )
    denied_likeness: float = Field(
        default=0.6, ge=0, le=1, description="likeness from which the evidence's denial is missed"
    )
    most_places: int = Field(
        default=50, ge=1, description="places of denials or of one word that are compared"
    )
    window: int = Field(default=6, ge=1, description="words on each side of a fact")
    far: int = Field(default=10, ge=1, description="words on each side that are looked through")
    apart: int = Field(
        default=3, ge=0, description="words that a comma or a parenthesis counts as more"
    )
    close: int = Field(
        default=2, ge=0, description="words by which one may be shifted and count in full"
    )
    shifted: float = Field(default=0.7, ge=0, le=1, description="weight of one shifted farther")
    other_side: float = Field(
        default=0.4, ge=0, le=1, description="weight of one on the other side of the fact"
    )
    stop_word: float = Field(
        default=0.4, ge=0, le=1, description="weight of a word that says little"
    )
    fading: float = Field(
        default=0.35, ge=0, description="by which a word weighs less for each between it and a fact"
    )


class AnsweringTuning(Section):
    """How an answer is composed, and when it is told."""

    hedged: float = Field(
        default=0.08,
        ge=0,
        le=1,
        description="share of the strictness down to which an answer is told with a hedge; chosen "
        "on the questions that the decision was fitted on, as the strictness was",
    )
    given: int = Field(default=2, ge=1, description="whole passages that the model is given")
    given_to_compare: int = Field(
        default=3, ge=1, description="the same, where several articles or parts are asked of"
    )
    turns: int = Field(
        default=4, ge=1, description="turns that the model sees of a follow-up's conversation"
    )
    turn_chars: int = Field(default=300, ge=50, description="characters of each of these")
    sentences: int = Field(default=3, ge=1, description="sentences of a draft that are told")
    longest_quotation: int = Field(
        default=55, ge=10, description="words; a longer one loses the neighbour that came with it"
    )
    overview: int = Field(default=4, ge=1, description="sentences of an overview")
    rival: float = Field(
        default=0.5, ge=0, le=1, description="share of the best probability that a rival must have"
    )
    shared_by_rivals: int = Field(
        default=2,
        ge=1,
        description="words of the question that two sentences on the same thing share",
    )
    quotations: int = Field(default=3, ge=1, description="quotations of a hedge")
    quotation_words: int = Field(default=90, ge=20, description="words of them together")
    near: float = Field(
        default=3.0,
        ge=0,
        description="log odds below the first within which others are quoted beside it",
    )
    nearly: float = Field(
        default=2.0, ge=0, description="log odds by which what a draft rests on may be less likely"
    )
    on_the_subject: float = Field(
        default=0.05,
        ge=0,
        le=1,
        description="probability from which a refusal names an article as near",
    )
    titles: int = Field(default=2, ge=0, description="titles that a refusal names")
