"""Evaluation in the window: run a set, read its report, compare two runs, make cases of feedback.

It is drawn by static/evaluation.js, which asks the functions below. As in `ui.window.library.tab`,
nothing that comes in is trusted, and everything that goes out is plain words, set as text.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import gradio as gr

from eval.generation.candidates import PROPOSED, set_for
from eval.report.naming import HEADLINE
from eval.report.stages import outcome
from eval.report.summary import Figure
from eval.runs import moving, sharing
from eval.runs import store as runs
from eval.runs.runner import Row
from eval.runs.store import Run
from eval.sets.cases import SETS, append, load
from eval.sets.evidence import unknown
from rag.errors import CaseError
from rag.language.visible import plain
from ui import strings
from ui.window.conversation.feedback import Feedback
from ui.window.conversation.history import History
from ui.window.evaluation.measuring import BUSY, Measuring, listed
from ui.window.evaluation.opinions import FROM_FEEDBACK, corrected
from ui.window.evaluation.reports import run_named
from ui.window.evaluation.reviewing import Reviewing
from ui.window.page.events import words_of
from ui.window.page.functions import Take, impersonal, offered
from ui.window.page.scripts import mounting
from ui.window.page.visitor import key_of, owner

_OURS = Path(__file__).parents[3] / "eval" / "sets"
_MOST_RUNS = 200
_MOST_PROPOSED, _PROPOSED = 500, 20  # passages that are tried, at most and if nobody says
_LARGEST_SET = 5_000_000  # characters
_NAME = re.compile(r"[\w][\w.-]{0,80}")

Json = dict[str, Any]


def build(bench: EvaluationService, take: Take) -> gr.HTML:
    """The component. All of it is for owners: a run costs time and money, and is kept.

    ``take`` gives the files that were uploaded to the window.
    """

    def add_set(given: Json, request: gr.Request) -> Json:
        file = take(key_of(request), words_of(given, "path"))
        if file is None:
            return {"problem": strings.UPLOAD_LOST}
        try:
            text = file.read_text(encoding="utf-8-sig", errors="replace")
        finally:
            file.unlink(missing_ok=True)
        return bench.add_set({"name": words_of(given, "name"), "text": text})

    def feedback(given: Json, request: gr.Request) -> Json:
        return bench.feedback(given, owner(request))

    def keep_case(given: Json, request: gr.Request) -> Json:
        return bench.keep_case(given, owner(request))

    reviewing = bench.reviewing
    methods: list[Callable[[Json], Json]] = [
        *(bench.look, bench.poll, bench.begin, bench.go_on, bench.cancel, bench.cases, bench.case),
        *(bench.propose, bench.take_over),
        *(reviewing.candidates, reviewing.candidate, reviewing.decide),
    ]
    component: gr.HTML = gr.HTML(
        value=None,
        html_template='<section class="tab-page evaluation"></section>',
        js_on_load=mounting("evaluation/static/evaluation.js"),
        server_functions=[
            *(_function(one.__name__, impersonal(one)) for one in methods),
            _function("add_set", add_set),
            _function("feedback", feedback),
            _function("keep_case", keep_case),
        ],
        apply_default_css=False,
        elem_id="evaluation",
        words=strings.EVALUATION_WORDS,
    )
    return component


def _function(name: str, act: Callable[[Json, gr.Request], Json]) -> Callable[..., Json]:
    def sound(given: Any, request: gr.Request) -> Json:
        return act(given if isinstance(given, dict) else {}, request)

    return offered("owner", name, sound, lambda: str(strings.EVALUATION_WORDS["unforeseen"]))


class EvaluationService:
    """What every window does with sets and runs.

    A request that cannot be met is answered with ``{"problem": …}``, in words for the page.
    ``here`` is where Ibid was started: what lies there is there for the library, too. None: it is
    one of several, whose owners have nothing in common.
    """

    def __init__(
        self, measuring: Measuring, history: History, folder: Path, here: Path | None = Path()
    ) -> None:
        self.measuring = measuring
        self.history = history
        self.library = folder
        self.runs = runs.runs_of(folder)
        self.folder = folder / SETS
        self._here = here
        self.reviewing = Reviewing([self.folder, *([here] if here is not None else [])])

    def fetch(self) -> None:
        """Bring the runs that other machines wrote here, where the library is in a database."""
        sharing.fetch(self.measuring.engine.library.settings, self.runs)

    def look(self, given: Json) -> Json:
        """The sets that can be run, and the runs that there are, the latest first.

        ``older``: how many lie where Ibid was started, and can be taken over.
        """
        self.fetch()
        return {
            "sets": [
                {"name": name, "cases": len(load(file))} for name, file in self._sets().items()
            ],
            "runs": [_entry(run) for run in runs.listed(self.runs)[:_MOST_RUNS]],
            "older": len(self._older()),
        }

    def poll(self, given: Json) -> Json:
        """How far the evaluation under way is."""
        now = self.measuring.progress
        return {
            "state": now.state,
            "busy": now.state in BUSY,
            "set": plain(now.set),
            "done": now.done,
            "of": now.of,
            "run": now.run,
            "made": now.made,
            "reason": plain(strings.failure(now.error)) if now.error else "",
        }

    def begin(self, given: Json) -> Json:
        """Run a set."""
        from eval.session import Choice

        if self.measuring.engine.status():
            return {"problem": strings.STILL_LOADING}
        name = words_of(given, "set")
        file = self._sets().get(name)
        if file is None:
            return {"problem": strings.NO_SET}
        sample = given.get("sample")
        choice = Choice(
            file=file,
            sample=sample if isinstance(sample, int) and sample > 0 else None,
            tag="-".join(re.findall(r"\w+", words_of(given, "tag")))[:40],
            quotes_only=given.get("quotes_only") is True,
        )
        self.measuring.start(choice, own_articles_only=file.parent != _OURS)
        return {}

    def go_on(self, given: Json) -> Json:
        """Go on with a run that was stopped."""
        if self.measuring.engine.status():
            return {"problem": strings.STILL_LOADING}
        run = run_named(given.get("run"), self.runs, self.fetch)
        asked_of = Path(run.record.asked.path).parent
        self.measuring.start(run, own_articles_only=asked_of != _OURS)
        return {}

    def propose(self, given: Json) -> Json:
        """Have the language model propose cases on the articles."""
        if self.measuring.engine.status():
            return {"problem": strings.STILL_LOADING}
        n = given.get("n")
        if not isinstance(n, int) or not 0 < n <= _MOST_PROPOSED:
            n = _PROPOSED
        self.measuring.propose(self.folder / PROPOSED, n)
        return {}

    def take_over(self, given: Json) -> Json:
        """Move the runs that lie where Ibid was started into the library."""
        moved = moving.take_over(self.library, self._older())
        sharing.bring(self.measuring.engine.library.settings, self.runs, moved.taken)
        if moved.left:
            return {"problem": plain(" ".join(moved.left))}
        return {"taken": len(moved.taken)}

    def cancel(self, given: Json) -> Json:
        """Stop after the question in hand."""
        self.measuring.cancel()
        return {}

    def add_set(self, given: Json) -> Json:
        """Keep a set that was brought, if every line of it can be used in this library."""
        text = given.get("text")
        stem = re.sub(r"[^\w.-]+", "-", Path(words_of(given, "name")).stem).strip(".-")
        if not isinstance(text, str) or not _NAME.fullmatch(stem):
            return {"problem": strings.NO_SET}
        if len(text) > _LARGEST_SET:
            return {"problem": strings.SET_TOO_LARGE}
        file = self.folder / f"{stem}.jsonl"
        if file.exists() or stem in self._sets():
            return {"problem": strings.SET_EXISTS.format(name=stem)}
        self.folder.mkdir(parents=True, exist_ok=True)
        brought = file.with_suffix(".new")
        try:
            brought.write_text(text, "utf-8")
            try:
                cases = load(brought)
            except CaseError as error:
                told = str(error).replace(str(brought), f"{stem}.jsonl")
                raise CaseError(told, error.kind, **error.facts) from None
            if names := unknown(cases, self.measuring.engine.library):
                shown_names = ", ".join(names[:3])
                return {"problem": strings.NOT_IN_LIBRARY.format(names=plain(shown_names))}
            brought.replace(file)
        except UnicodeEncodeError:
            return {"problem": strings.NO_SET}
        finally:
            brought.unlink(missing_ok=True)
        return {"set": stem}

    def cases(self, given: Json) -> Json:
        """The questions of a run with what is to be thought of each, the worst first."""
        run = run_named(given.get("run"), self.runs, self.fetch)
        found: list[tuple[int, Json]] = []
        for number, row in run.numbered():
            judged = outcome(row)
            told = {
                "number": number,
                "id": plain(row.case.id),
                "question": plain(row.case.question),
                "kind": judged.kind,
                "outcome": strings.outcome(judged.kind),
                "tone": judged.tone,
                "tags": [plain(tag) for tag in row.case.tags],
                "seconds": row.seconds,
            }
            found.append((-judged.badness, told))
        found.sort(key=lambda one: one[0])
        return {"run": run.name, "cases": [told for _, told in found], "figures": _figures(run)}

    def case(self, given: Json) -> Json:
        """One question of a run: answer, verdicts and cited words side by side, and the gold."""
        run, number = run_named(given.get("run"), self.runs, self.fetch), given.get("number")
        if not isinstance(number, int) or number not in run.places:
            return {"problem": strings.NO_RUN}
        return _case(run.at(number))

    def feedback(self, given: Json, who: str) -> Json:
        """Answers that whoever asks, or a program's caller, has not liked: beginnings of cases."""
        return {
            "answers": [
                _complaint(place, one)
                for place, one in enumerate(self.history.feedback(who, "down"))
            ]
        }

    def keep_case(self, given: Json, who: str) -> Json:
        """Add a case to the set of those that came from feedback."""
        place = given.get("place")
        disliked = self.history.feedback(who, "down")
        if not isinstance(place, int) or not 0 <= place < len(disliked):
            return {"problem": strings.NO_FEEDBACK}
        case = corrected(disliked[place], words_of(given, "answer").strip(), given.get("evidence"))
        file = self.folder / f"{FROM_FEEDBACK}.jsonl"
        if file.exists() and any(one.id == case.id for one in load(file)):
            return {"problem": strings.CASE_EXISTS}
        append(file, [case])
        return {"set": FROM_FEEDBACK}

    def _older(self) -> list[Path]:
        """The runs where Ibid was started."""
        return (
            moving.older(self.library, self._here / moving.ELSEWHERE)
            if self._here is not None
            else []
        )

    def _sets(self) -> dict[str, Path]:
        """Every set by its name: those that come with Ibid, were brought, or were reviewed."""
        found = {file.stem: file for file in listed(_OURS)}
        reviewed = map(set_for, self.reviewing.files().values())
        for file in (*listed(self.folder), *filter(Path.is_file, reviewed)):
            found.setdefault(file.stem, file)
        return found


def _entry(run: Run) -> Json:
    record = run.record
    return {
        "name": run.name,
        "set": plain(Path(record.asked.path).stem),
        "tag": plain(record.tag),
        "started": record.started.isoformat(),
        "model": plain(record.model),
        "asked": len(run.places),
        "of": record.asked.cases,
        "articles": record.held.articles,
        "reported": (run.folder / "report.html").is_file(),
        "figures": [one for one in _figures(run) if one["key"] in HEADLINE],
    }


def _figures(run: Run) -> list[Json]:
    """The figures of a run as its report told them; none where there is no report."""
    try:
        document = json.loads((run.folder / "report.json").read_bytes())
        figures = [Figure(**one) for one in document["figures"].values()]
    except (OSError, ValueError, KeyError, TypeError):
        return []
    return [
        {
            "key": one.name,
            "name": strings.measure(one.name),
            "value": strings.measured(one.value, one.unit),
            "n": one.n,
        }
        for one in figures
    ]


def _case(row: Row) -> Json:
    answer, case = row.answer, row.case
    return {
        "question": plain(case.question),
        "history": [plain(turn.text) for turn in case.history],
        "outcome": strings.outcome(outcome(row).kind),
        "tone": outcome(row).tone,
        "answerable": case.answerable,
        "gold": [plain(text) for text in case.answers],
        "gold_evidence": [plain(one.quote) for one in case.evidence],
        "status": answer.status if answer else "",
        "error": plain(row.error or ""),
        "sentences": [
            {
                "text": plain(f"{strings.before(one)} {one.text}".strip()),
                "is_quote": one.is_quote,
                "support": one.support,
                "reason": plain(strings.why(one)),
                "cited": [
                    {"title": plain(citation.article.title), "quote": plain(citation.quote)}
                    for citation in one.citations
                ],
            }
            for one in (answer.sentences if answer else ())
        ],
        "values": [
            {"name": strings.measure(name), "value": strings.score(value)}
            for name, value in row.values.items()
            if value is not None
        ],
        "seconds": row.seconds,
    }


def _complaint(place: int, one: Feedback) -> Json:
    answer = one.exchange.answer
    return {
        "place": place,
        "question": plain(one.exchange.question),
        "said": plain(answer.text) if answer else "",
        "reason": plain(one.reason),
        "evidence": [
            {"quote": plain(citation.quote), "title": plain(citation.article.title)}
            for citation in (answer.evidence if answer else ())
        ],
    }
