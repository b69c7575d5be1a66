"""What an answer says, held against the gold answers.

The best gold answer counts. All are undefined without a gold answer.
"""

from __future__ import annotations

import re
import string
from collections import Counter
from collections.abc import Sequence

_PUNCTUATION = str.maketrans("", "", string.punctuation)
_ARTICLES = re.compile(r"\b(a|an|the)\b")
_WORD = re.compile(r"[^\W_]+")


def normalise(text: str) -> str:
    """Lower case, without ASCII punctuation, without a/an/the, with single spaces.

    Source: ``normalize_answer`` of the SQuAD 1.1 script (Rajpurkar et al. 2016). It is made for
    English; other scripts keep their punctuation and are not split into words.
    """
    return " ".join(_ARTICLES.sub(" ", text.lower().translate(_PUNCTUATION)).split())


def exact_match(answer: str, golds: Sequence[str]) -> float | None:
    """1.0 where the normalised answer equals a gold answer; None without a gold answer.

    Source: SQuAD 1.1 script (Rajpurkar et al. 2016), maximum over the gold answers.
    """
    return max((float(normalise(answer) == normalise(gold)) for gold in golds), default=None)


def token_f1(answer: str, golds: Sequence[str]) -> float | None:
    """Harmonic mean of token precision and recall, best gold answer; None without one.

    Source: SQuAD 1.1 script (Rajpurkar et al. 2016), maximum over the gold answers. Low for
    whole sentences by construction: every word beyond the gold answer costs precision.
    """
    return max((_token_f1(answer, gold) for gold in golds), default=None)


def _token_f1(answer: str, gold: str) -> float:
    ours, theirs = normalise(answer).split(), normalise(gold).split()
    shared = (Counter(ours) & Counter(theirs)).total()
    if not shared:
        return 0.0
    precision, recall = shared / len(ours), shared / len(theirs)
    return 2 * precision * recall / (precision + recall)


def containment(answer: str, golds: Sequence[str]) -> float | None:
    """1.0 where the answer contains a gold answer as a run of whole tokens; None without one.

    Source: answer containment of open-domain question answering, as ``has_answer`` in DPR
    (Karpukhin et al. 2020) does it, over the tokens of `normalise`. Whole tokens, so that
    "1995" does not contain "5".
    """
    words = f" {normalise(answer)} "
    runs = (normalise(gold) for gold in golds)
    return max((float(bool(run) and f" {run} " in words) for run in runs), default=None)


def rouge_l(answer: str, golds: Sequence[str]) -> float | None:
    """F-measure of the longest common subsequence of words, best gold answer; None without one.

    Source: ROUGE-L of one sentence (Lin 2004) with as much precision as recall, as ``rougeL`` in
    Google's ``rouge-score`` without its stemmer. That one knows a to z alone; here the words of
    every script that puts spaces between them count.
    """
    ours = _words(answer)
    return max((_rouge_l(ours, _words(gold)) for gold in golds), default=None)


def _rouge_l(ours: Sequence[str], theirs: Sequence[str]) -> float:
    common = _longest_common(ours, theirs)
    if not common:
        return 0.0
    precision, recall = common / len(ours), common / len(theirs)
    return 2 * precision * recall / (precision + recall)


def _longest_common(one: Sequence[str], other: Sequence[str]) -> int:
    """How many words the longest common subsequence has (Wagner & Fischer 1974)."""
    row = [0] * (len(other) + 1)
    for word in one:
        before = 0
        for i, theirs in enumerate(other, start=1):
            longest = before + 1 if word == theirs else max(row[i], row[i - 1])
            before, row[i] = row[i], longest
    return row[-1]


def _words(text: str) -> list[str]:
    return _WORD.findall(text.lower())


def similarity(answer: Sequence[float], golds: Sequence[Sequence[float]]) -> float | None:
    """Cosine of the answer's vector and the nearest gold answer's, -1 to 1; None without one.

    Source: semantic answer similarity with a bi-encoder (Risch et al. 2021). It sees the subject
    more than the fact: "in 1889" and "in 1937" are near. A vector of zeros is like nothing.
    """
    if not golds:
        return None
    from sklearn.metrics.pairwise import cosine_similarity

    return float(cosine_similarity([answer], golds).max())
