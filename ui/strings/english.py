"""Every word of the window in English. Whatever is added here is added to `german` as well."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import TYPE_CHECKING

from rag import reasons
from rag.language import visible
from ui.strings import formats

if TYPE_CHECKING:
    from eval.report.stages import OutcomeKind
    from eval.report.summary import Unit
    from rag.errors import IbidError

_LOCALE = "en_GB"

NAME = "Ibid"
LANGUAGE = "English"
NEW_CHAT = "New chat"
CHAT_TAB = "Chat"
LIBRARY_TAB = "Library"

SIGN_IN = "Sign in"
USER_NAME = "Name"
PASSWORD = "Password"
WRONG_PASSWORD = "That name and that password do not belong together."
TOO_MANY_ATTEMPTS = "Too many attempts. Wait {seconds} s, then try again."
SIGN_OUT = "Sign out"
LIBRARIES = "Your libraries"
LIBRARIES_NONE = (
    "No library is shared with you yet. Whoever runs this Ibid can share one with {name}."
)
LIBRARIES_AWAY = "The database does not answer just now. Load the page again in a moment."
ROLES = {"reader": "to read", "editor": "to change", "owner": "your own"}
SIGN_IN_AGAIN = "You are not signed in, or no longer. Load the page again."

CHAT_LABEL = "Conversation"
QUESTION_LABEL = "Question"
QUESTION_HINT = "Ask about your articles…"

WELCOME = (
    "## Ask your articles\n"
    "Every sentence of an answer carries a number. "
    "Select one to read the words it rests on, in their article."
)
WELCOME_EMPTY = (
    "## Your library is empty\n"
    "Ibid answers from articles that you give it. "
    "[Add some in the library](#library): files, folders or links."
)
WELCOME_ABSENT = (
    "## Models are missing\n"
    "Ibid searches with small models that are fetched once. You can already ask; the answer comes "
    "once they are here."
)
WELCOME_LOADING = "## Getting ready\nYou can already ask; the answer comes once all is loaded."

SEARCHING = "Searching your articles…"
UNDERSTANDING = "Reading your question…"
WRITING = "Writing…"
WAITS_FOR_TURN = "Waiting for the answers before this one…"
STOPPED = "Stopped."
UNANSWERED_YET = "The answer is still to come."
INTERRUPTED = "The answer was interrupted, because Ibid ended. Ask again."
TOOK_TOO_LONG = "The answer was ended after {seconds} seconds. Ask again, or choose another model."
WENT_ON = "This conversation went on in another tab. It is shown now as it is there."
NOT_KEPT = (
    "This conversation could not be kept: copy what you need before you leave this page. "
    "The log in the terminal says why."
)
FAILED = "Something went wrong while answering. Try again; the log in the terminal says more."
DESCRIPTION = "Answers from your own articles, every sentence with a citation that was checked."
NEEDS_SCRIPTS = "This page needs JavaScript."
STARTING = "Ibid is starting"
STARTING_HINT = "Its window opens here by itself."
LOADING = {
    "absent": "Waiting for the models…",
    "begin": "Getting ready…",
    "embedder": "Loading the embedding model…",
    "starter": "Adding starter article {number} of {of}…",
    "index": "Opening the index…",
    "reranker": "Loading the cross-encoder and the reader…",
    "model": "Loading the language model…",
}
STILL_LOADING = "Still loading. Try again in a moment."
QUOTED_WITHOUT_MODEL = "Quoted without a model: {error}."
QUOTED_UNTIL_FETCHED = "Quoted: the language model is not here yet."
FETCHING_WORDS = {
    "heading": "Ibid needs models that are not on this machine yet.",
    "small": "With the small ones ({size}) it finds passages and quotes them.",
    "large": "The language model ({size}) comes after, and words the answers.",
    "only_large": "Answers are quotations until the language model ({size}) is here.",
    "unknown_size": "size not told yet",
    "fetch": "Fetch the models ({size})",
    "fetch_both": "Fetch the models ({small}; then {large})",
    "go_on": "Go on ({here} of {size} are here)",
    "again": "Try again",
    "stop": "Stop",
    "stopping": "Stopping…",
    "fetching": "Fetching {name}",
    "progress": "{done} of {size}",
    "note": "They are fetched once, checked, and kept in {folder}.",
    "ask_owner": "An owner of this Ibid can fetch them.",
    "unforeseen": "Something unforeseen went wrong; the log in the terminal says more.",
}
KEY_WORDS = {
    "heading": "Keys",
    "close": "Close",
    "ask": "Your question",
    "fresh": NEW_CHAT,
    "act": "Single keys (/ n ?) do something",
    "list": [
        (["/"], "Write a question"),
        (["n"], "Begin a new chat"),
        (["←", "→"], "The previous or next cited source, in its article"),
        (["↑", "↓"], "Through the sources in the list, or the questions offered at first"),
        (["Esc"], "Close what is open, or one step back; in the question, leave it"),
        (["Enter"], "Send the question"),
        (["Shift", "Enter"], "A new line in the question"),
        (["?"], "This list"),
    ],
}
SETTINGS_WORDS = {
    "keys": KEY_WORDS,
    "open": "Settings",
    "heading": "Settings",
    "close": "Close",
    "model": "Who words the answers",
    "model_note_new": "For the conversations that you begin from now on.",
    "model_note": "For this conversation.",
    "as_set": "{title} (as set)",
    "here": "stays on this machine",
    "sends": "sends your question and the passages to {host}",
    "needs": "first run: pip install {package}",
    "name_of": "Name of the model of {by}",
    "other": "Another model",
    "other_hint": "a GGUF file, hf:owner/repository/file.gguf, or provider:name",
    "choose": "Choose",
    "looking": "Looking for models…",
    "answers": "Answers",
    "answers_of": {
        "strict": "Checked sentences only",
        "lenient": "All sentences, doubtful ones marked",
        "quotes": "Quotations, without a language model",
    },
    "strictness": "How strict",
    "strictness_note": "An answer is told from this probability on: {value} %. Set is {usual} %.",
    "passages": "Passages that are looked up",
    "usual": "Set is {usual}.",
    "language": "Language",
    "theme": "Colours",
    "themes": {"system": "As the system", "light": "Light", "dark": "Dark"},
    "reset": "Back to what is set",
    "saved": "Saved.",
    "not_offered": "This model is not among those that you may choose.",
    "unforeseen": "That did not work; the log in the terminal says more.",
}
WRITTEN_BY = "Worded by {model}"
FAILED_START = "Ibid could not start: {error}"

ASK_FIRST = "Type a question first."
TOO_LONG = "That question is too long: it has {length} characters, and the limit is {limit}."
ENDING = "This Ibid is ending, so this was not taken. Wait some seconds, then try again."
DATABASE_AWAY = (
    "The database of this Ibid does not answer, so nobody knows who you are. "
    "Wait a minute, then try again."
)
QUEUE_FULL = (
    "Too many people are asking at the moment, so this was not taken. "
    "Wait a minute, then try again."
)
YOUR_QUEUE_FULL = (
    "You have {limit} questions waiting already, so this was not taken. "
    "Wait for one of them, or stop it, then try again."
)
TOO_MANY_PAGES = "Too many pages of Ibid are open in this browser. Close some, then load this one."
TOO_MUCH = "That is more than can be taken at once: the limit is {kb} kB."
TOO_SLOW = "That took too long to arrive. Try again."
NOT_ALLOWED = "Your role does not allow this. Ask an owner of this Ibid, who can change it."
WRONG_HOST = (
    "Ibid does not answer to this name. Add it to the hosts of [window] in ibid.toml, "
    "or call Ibid by its address."
)
STILL_ANSWERING = "Still answering. Wait for it, or stop it first."

MADE_BY = "Kept from Ibid. Each number leads to the words that a sentence rests on."
PDF_LACKS = (
    "This file has no shapes for {count} of the letters; each is a box ({box}) here. "
    "The HTML and the Word file have them:"
)
SOURCES = "Sources"
# What the starter articles answer well, by their source.
STARTER_QUESTIONS = {
    "ibid:seeds/harbour-flood-gazette.md": "How many people had to leave their homes in Port "
    "Ellery?",
    "ibid:seeds/tarnwick-tram-delay.md": "When does the Green Line tram in Tarnwick open?",
    "ibid:seeds/skerra-puffin-survey.md": "How did rats get to Skerra?",
    "ibid:seeds/picasso-guernica.md": "In which museum does Guernica hang?",
}
NEAREST = "Nearest passages"
NEAREST_NOTE = "None of these was good enough to answer from."
LEADS = {
    "nearest": "The nearest words, which may not answer it:",
    "differs": "{article}{comma} differs:",
    "source": "{article}:",
}
REASONS = {**reasons.ENGLISH}
PARTIAL = "Only partly supported by what it cites"
UNSUPPORTED = "Not supported by any article"
UNSUPPORTED_MARK = "not supported"
UNCHECKED = "Not checked against what it cites"
UNCHECKED_MARK = "not checked"

PAGES = {"page": "page {number}", "slide": "slide {number}", "sheet": "sheet {number}"}
COPY = "Copy as Markdown"
KEEP = "Keep or share"
KEEP_WORDS = {
    "heading": "Keep or share",
    "answer": "This answer",
    "talk": "The whole conversation",
    "kinds": {
        "md": "Markdown",
        "html": "HTML",
        "docx": "Word",
        "pdf": "PDF",
        "bib": "Sources as BibTeX",
        "csl": "Sources as CSL-JSON",
        "json": "JSON",
    },
    "link": "Copy link",
    "linked": "Link to this answer",
    "unlink": "Take the link back",
    "unlinked": "The link leads nowhere any more.",
    "note": "Whoever may sign in here can read this answer by it, and nothing else of yours.",
    "unkept": "This conversation is not kept, so there is nothing to save.",
}
SHARED = (
    "Somebody shared this answer with you. What you ask here begins a conversation of your own."
)
NO_LINK = "This link leads nowhere any more: its answer was deleted, or the link was taken back."
NO_ANSWER = "There is no such answer any more; it may have been asked anew."
RETRY = "Ask again"
EDIT = "Edit the question"
GOOD = "Good answer"
BAD = "Bad answer"
ASK_ALL = "Ask all articles"
EDITING = "You are editing your last question."
EDITING_STOP = "Leave it as it was"

FILTER_WORDS = {
    "open": "Choose articles",
    "done": "Done",
    "search": "Search publishers, collections, articles",
    "publishers": "Publishers",
    "collections": "Collections",
    "articles": "Articles",
    "alone": "Ask only {name}",
    "add": "Ask {name} too",
    "since": "First day",
    "until": "Last day",
    "all": ASK_ALL,
    "none": "Nothing found.",
    "more": "{left} more; search for them.",
    "unreachable": "Ibid did not answer. Is it still running?",
}
ONLY = "Only"
ONLY_IN = "Asked only: {what}"
SINCE = "since {day}"
UNTIL = "until {day}"
TAKE_BACK = "No longer only {what}"
GONE = "an article that is no longer there"

UNDERSTOOD_AS = "Understood as: {question}"
DETAILS = "Details"
MODEL = "Model"
NO_MODEL = "none; the articles are quoted"
REPAIRED = "Citations put right"
POINTS = {
    "standalone_ms": "Question understood",
    "sources_ms": "Sources found",
    "first_token_ms": "First word",
    "last_token_ms": "Last word",
    "total_ms": "Checked",
}

UNKNOWN_ARTICLE = "This article is no longer in the library."

READER_WORDS = {
    "also_at": "Also at:",
    "and_more": "and {count} more",
    "near": "Nearly the same:",
    "newest": "Newest answer",
    "unsent": "Ibid cannot be reached. Your question is kept in this browser, and will be asked as "
    "soon as Ibid is back.",
    "away": "Ibid cannot be reached. Is it still running? This page goes on as soon as it is back.",
    "unasked": "This question could not be asked when you wrote it. It is kept here for you.",
    "long": "Too long: {length} of {limit} characters. Shorten it; nothing of it is lost.",
    "count": "{length} of {limit} characters",
    "sources": SOURCES,
    "source": "Source",
    "back": "All sources",
    "close": "Close",
    "empty": "The passages behind an answer are listed here. "
    "Select a number in the answer to read its words in their article.",
    "loading": "Opening the article…",
    "unreachable": "The article could not be opened. Is Ibid still running?",
    "text": "Article text",
    "unmarked": "This article has changed since it was cited, and the cited words no longer stand "
    "in it.",
    "moved": "This article has changed since it was cited. The cited words still stand in it.",
    "whole": "Article",
    "only": "Ask only this article",
    "find": "Find in this article",
    "previous": "Previous",
    "next": "Next",
    "cited": "cited here",
    "read": "Read, not cited",
    "written": "As written",
    "written_why": "The cited words cannot be seen on the page, "
    "so this is the text as it is written.",
    "unshaped": "This article is too large to be laid out, so this is its text as it is written.",
    "head": "Head of the table, which is not quoted",
    "table": "Table",
    "remote": "Picture of another site, not loaded ({host})",
    "pictureless": "Picture that cannot be shown",
    "page_of": "Page {number} of {count}",
    "page_before": "Previous page",
    "page_after": "Next page",
    "closer": "Zoom in",
    "farther": "Zoom out",
    "drawing": "Drawing the page…",
    "undrawn": "Its pages cannot be shown, because the file that it was read from is not here or "
    "has changed. This is its text.",
    "unplaced": "Not all of the cited words could be found on the picture; they are lit in the "
    "text below.",
    "picture": "Picture of the page",
    "of": "of",
    "none": "not found",
    "copied": "Copied",
    "uncopied": "Your browser does not allow copying.",
    "why": "What was wrong? (optional)",
    "send": "Send",
    "skip": "Not now",
    "thanks": "Thank you.",
}

UPLOAD_LOST = "The file did not arrive. Choose it again."
UPLOADS_FULL = "Too much is waiting to be added: at most {mb} MB. Add the rest after it."
TOO_MANY_PARTS = "Too many files at once. Send them one after the other."
NO_LINKS = "Paste a link first, one on each line."
TOO_MANY_OF_YOURS = "{limit} of yours are waiting already; add the rest after them."
TOO_MANY_WAITING = "{limit} are waiting already; add the rest after them."
TOO_MANY_LINKS = "At most {limit} links at once."
NOT_A_LINK = "“{link}” is no link: it must begin with http:// or https://."
NOT_REMOVED = "It can no longer be put back. Add it again."
NO_COLLECTION_BACK = "The collection can no longer be brought back. Make it again."
NO_EDIT_BACK = "That change can no longer be taken back. Edit it once more."
NO_OLDER = "What was there before is no longer known. Add it again."
ADDED_AGAIN = "This article was added again meanwhile, and was left as it is."

STATED = "Says it is from:"
TAGS = "Says it is about:"
LIBRARY_WORDS = {
    "heading": "Library",
    "held_one": "1 article · {size} on disk",
    "held": "{count} articles · {size} on disk",
    "empty": "Your library is empty. Ibid answers from the articles that you put here.",
    "empty_reader": "The library is empty. Only those who may edit it can add articles; "
    "ask the owner of this Ibid.",
    "read_only": "You may read the articles, and not add, change or remove any; "
    "for that, ask the owner of this Ibid.",
    "tools": "Find articles",
    "search": "Search",
    "search_hint": "Words of the text, title or source",
    "publisher": "Publisher",
    "any": "Any",
    "since": "From",
    "until": "To",
    "sort": "Sort by",
    "sorts": {
        "added": "Added",
        "published": "Published",
        "title": "Title",
        "publisher": "Publisher",
        "words": "Words",
    },
    "order": "Order",
    "rising": "Rising",
    "falling": "Falling",
    "found": "{count} found",
    "none": "No article fits. Change the words or the filters.",
    "more": "Show more",
    "title": "Title",
    "author": "Author",
    "date": "Date",
    "published": "Published",
    "added": "Added",
    "language": "Language, as en or de",
    "link": "Link",
    "from": "Source",
    "length": "Words",
    "acts": "Actions",
    "pages_one": "1 page",
    "pages": "{count} pages",
    "page": "Page {number}",
    "add": "Add articles",
    "drop": "Drop files or folders here, or anywhere on the page",
    "drop_all": "Drop to add to the library",
    "drop_note": "Files and folders: {formats}, each up to {size}",
    "drop_no": "You may not add articles here",
    "drop_no_note": "Ask the owner of this Ibid to make you an editor.",
    "show_library": "Show the library",
    "dismiss": "Dismiss",
    "choose_files": "Choose files",
    "choose_folder": "Choose a folder",
    "formats": "{formats}, each up to {size}",
    "links": "Or paste web links, one on each line",
    "links_hint": "https://…",
    "add_links": "Add links",
    "intake": "Being added",
    "intake_done": "Added",
    "intake_none": "Not added",
    "progress": "{done} of {count} added",
    "failed_count": "{count} failed",
    "same_count": "{count} unchanged",
    "cancelled_count": "{count} cancelled",
    "cancel": "Cancel",
    "clear": "Clear this list",
    "file": "File or link",
    "state": "State",
    "reason": "Reason",
    "states": {
        "waiting": "Waiting",
        "reading": "Reading…",
        "embedding": "Embedding…",
        "added": "Added",
        "replaced": "Updated",
        "same": "Unchanged",
        "failed": "Failed",
        "cancelled": "Cancelled",
    },
    "ahead": "{count} before it",
    "next": "next",
    "no_worker": "No worker is running just now. It is added once one is started: ibid worker",
    "tried_again": "It is tried again at {at}.",
    "in_place_of": "In place of “{title}”, which came from there before. ",
    "namesake": "It says it is {source}, which is here from there. Both are kept. ",
    "twin": "It is “{title}”, which is also had from there now. ",
    "take_place": "Let it take that place",
    "note": "Note: {note}",
    "reading_of": "Reading page {done} of {of}…",
    "embedding_of": "Embedding {done} of {of}…",
    "unforeseen": "Something unforeseen went wrong; the log in the terminal says more.",
    "no_files": "No article is in there that can be read.",
    "too_many": "Too many at once; add the rest afterwards.",
    "too_large": "Larger than {size}; split the file.",
    "passed_over": "Passed over, as their formats are not read ({count}): {names}",
    "formats_only": "This format is not read. Those that are: {formats}.",
    "upload_failed": "The file could not be sent. Try again.",
    "unreachable": "Ibid does not answer. Is it still running?",
    "close": "Close",
    "text": "Article text",
    "beside": "Open beside the chat",
    "edit": "Edit",
    "edit_heading": "Edit what is known of this article",
    "edit_note": "The text stays as it is. What you write here stays when the file is added anew.",
    "save": "Save",
    "back": "Back",
    "edited": "“{title}” is saved.",
    "unedited": "It is as it was.",
    "remove": "Remove",
    "remove_heading": "Remove “{title}”?",
    "remove_note": "No answer will draw on it any more. You can put it back until Ibid ends.",
    "remove_many": "Remove {count} articles?",
    "remove_many_note": "No answer will draw on them any more. "
    "You can put them back, all at once, until Ibid ends.",
    "and_more": "and {count} more",
    "keep": "Keep it",
    "keep_many": "Keep them",
    "was_removed": "“{title}” was removed. ",
    "were_removed": "{count} articles were removed. ",
    "choose": "Choose",
    "choose_all": "Choose all that are shown",
    "chosen_one": "1 chosen",
    "chosen": "{count} chosen",
    "choose_found": "Choose all {count}",
    "unchoose": "Choose none",
    "undo": "Undo",
    "is_back": "The article is back.",
    "are_back": "{count} articles are back.",
    "again": "{count} had been added again, and are left as they are.",
    "summary": "In short",
    "summary_note": "Its own sentences, chosen by how much of the rest is like them.",
    "inside": "What is in here",
    "inside_wait": "Looking through the articles…",
    "subjects": "Subjects",
    "subjects_note": "Found in the articles’ own words. Choose one to see its articles.",
    "publishers": "Publishers",
    "years": "Years",
    "languages": "Languages",
    "unknown": "Not known",
    "articles_one": "1 article",
    "articles": "{count} articles",
    "only": "Only: {what}",
    "show_all": "Show all articles",
    "also_at": "Also at:",
    "near": "Nearly the same",
    "near_note": "Merged, this article stays as it is, and has the places and collections of the "
    "other, whose text is gone. You can undo it until Ibid ends.",
    "near_fact": "about {share} % the same words",
    "merge": "Merge into this one",
    "was_merged": "“{title}” was merged into “{kept}”. ",
    "removed": "Recently removed",
    "put_back": "Put back",
    "collection": "Collection",
    "collections": "Collections",
    "collections_of": "Collections of these articles ({count})",
    "collections_note": "An article may be in many. To forget a collection removes no article.",
    "collections_none": "There are no collections yet. Choose articles in the list to make one.",
    "collection_new": "New collection",
    "collection_make": "Put in",
    "collection_into": "In “{name}”",
    "rename": "Rename",
    "rename_of": "New name for “{name}”",
    "forget": "Forget",
    "forgotten": "The collection “{name}” is forgotten; its articles are still here. ",
    "remade": "The collection is back.",
}

NEWER_CONVERSATION = "This conversation was kept by a newer Ibid; update Ibid to read it."
NO_CONVERSATION = "There is no such conversation. It may have been deleted."
NO_TOKEN = "This way in is for commands of this Ibid's owner, who have its token."
NO_SUCH_PAGE = "There is no such page."
DRAWER_WORDS = {
    "open": "Conversations",
    "heading": "Conversations",
    "close": "Close",
    "search": "Search your conversations",
    "empty": "What you ask is kept here.",
    "nothing": "Nothing found.",
    "rename": "Rename",
    "remove": "Delete",
    "removed": "Deleted: {title}",
    "undo": "Undo",
    "unreachable": "Ibid did not answer. Is it still running?",
    "signOut": "Sign out",
}

EVALUATION_TAB = "Evaluation"
COMMAND_MEASURES = "A command is measuring just now (ibid eval); wait for its end."
STILL_MEASURING = "An evaluation is under way; wait for its end, or stop it first."
NO_RUN = "There is no such run; look at the list again."
NO_SET = "There is no such set; choose one of the list, or bring a file of JSON lines."
SET_TOO_LARGE = "This set is too large; the limit is five million characters."
SET_EXISTS = "There is a set called {name} already; rename the file and bring it again."
NOT_IN_LIBRARY = "The library does not hold what the set names as evidence: {names}"
NO_FEEDBACK = "This answer is no longer in the list; open the tab again."
NO_CANDIDATES = "There is no such file of proposed cases any more; open the tab again."
DECIDED_ALREADY = "This case was decided on elsewhere; here is the next."
ALL_TRIED = (
    "every passage of the library was tried already; review what was proposed, or add articles"
)
EMPTY_CASE = "Question or answer is empty; fill it in, or drop the case."
CASE_EXISTS = "This answer is a case already."
EVALUATION_WORDS = {
    "heading": "Evaluation",
    "about": "Ask a set of questions whose answers are known, and see what comes back.",
    "set": "Q&A set",
    "sample": "Questions",
    "all": "all",
    "tag": "Name of the run",
    "tag_hint": "optional",
    "quotes": "Quotations only, without a language model",
    "start": "Run",
    "not_sent": "The set could not be sent. It has to end in .jsonl, .json or .txt.",
    "bring": "Bring a set…",
    "running": "Progress of the evaluation",
    "stop": "Stop",
    "runs": "Runs",
    "none": "Nothing was run yet. Choose a set and run it.",
    "run": "Run",
    "pick": "Compare",
    "compare": "Compare",
    "compare_hint": "Tick two runs to compare them.",
    "model": "Model",
    "no_model": "none, quotations only",
    "figures": "Figures",
    "questions_one": "1 question",
    "questions": "{count} questions",
    "asked_of": "stopped after {asked} of {of} questions",
    "under_way": "under way",
    "go_on": "Go on",
    "older_one": "An older run lies where Ibid was started, and not in this library.",
    "older": "{count} older runs lie where Ibid was started, and not in this library.",
    "take_over": "Take them over",
    "report": "Report",
    "cases": "Questions",
    "download": "Download",
    "back": "All runs",
    "close": "Close",
    "search": "Search",
    "search_hint": "Words of the question, tag or id",
    "every": "Every outcome",
    "question": "Question",
    "outcome": "Outcome",
    "seconds": "Seconds",
    "answer": "Answer",
    "sentence": "Sentence",
    "verdict": "Verdict",
    "cited": "Cited words",
    "gold": "Gold answer",
    "nothing": "None: no article says it, and it should be refused.",
    "before": "Said before",
    "support": {
        "verified": "supported",
        "partial": "partly supported",
        "unchecked": "not checked",
        "unsupported": "not supported",
    },
    "states": {
        "idle": "",
        "preparing": "Preparing {set}… {done} of {of} articles",
        "asking": "Asking {set}: {done} of {of} questions",
        "reporting": "Writing the report…",
        "done": "Done: {set}, {of} questions.",
        "stopped": "Stopped: {set}, {done} of {of} questions. What was asked is in the report.",
        "failed": "It did not work: {reason}",
        "proposing": "Proposing cases: {done} of {of} passages read, {made} proposed",
        "proposed": "{done} passages were read, and {made} cases proposed. They wait below to be "
        "reviewed.",
    },
    "feedback": "Answers that you did not like",
    "right": "Right answer (empty: no article says it)",
    "right_hint": "in as few words as a right answer must have",
    "evidence": "Words that support it",
    "no_evidence": "none of these",
    "keep": "Keep as a case",
    "kept": "Kept in the set {set}.",
    "review": {
        "heading": "Cases made from your articles",
        "about": "The language model reads passages of your articles and proposes questions. You "
        "decide on each; what you keep is a set that can be run.",
        "passages": "Passages",
        "propose": "Propose cases",
        "waiting": "{left} of {of} still to be read",
        "all_read": "all read",
        "review": "Review",
        "progress": "Progress of the review",
        "place": "{number} of {of}, {kept} kept",
        "done": "All {of} were read: {kept} kept, {dropped} dropped. What was kept is in the set "
        "{set}.",
        "from": "From “{title}”",
        "answers": "Answer (with | between several)",
        "unanswerable": "It has no answer once “{title}” is left out.",
        "evidence": "Evidence",
        "passage": "What the article says",
        "nearest": "Nearest in the other articles",
        "keep": "Keep",
        "keep_key": "K",
        "drop": "Drop",
        "drop_key": "D",
    },
    "unreachable": "No answer came. Is Ibid still running?",
    "unforeseen": "something unforeseen; the log in the terminal says more",
}


def refusal(titles: Sequence[str] | None) -> str:
    """That the articles do not say, and which are nearest; None: there are no articles."""
    if titles is None:
        return "Your library is empty. Add some articles first."
    if not titles:
        return "Your articles do not say. None of them seems to be about this."
    nearest = " and ".join(map(quoted, titles))
    return f"Your articles do not say; the nearest that they hold is {nearest}."


def quoted(words: str) -> str:
    """Words of others, which are not Ibid's."""
    return visible.quoted(words, "“”")


def origin(publisher: str, site: str, *, is_stated: bool) -> str:
    """Who published an article, which is mostly what it says of itself, and where it was had."""
    said = f"says: {quoted(publisher)}" if publisher and is_stated else publisher
    return ", ".join(filter(None, (said, site and f"at {site}")))


def by(author: str, *, is_stated: bool) -> str:
    """Who wrote an article, which is mostly what it says of itself."""
    return f"says: by {quoted(author)}" if author and is_stated else author


def lead(kind: str, named: str, site: str, published: date | None) -> str:
    """What is said before a quotation; ``named``: the article, as it is named below."""
    known = [*filter(None, (site and f"at {site}", day(published) if published else ""))]
    article = ", ".join([named, *known])
    return LEADS.get(kind, "").format(article=article, comma="," if known else "")


def signed(publisher: str) -> str:
    """An article by the publisher that it says it is of."""
    return f"The article signed {quoted(publisher)}"


def titled(title: str) -> str:
    """An article by its title."""
    return f"The article {quoted(title)}"


def failure(error: IbidError) -> str:
    """What went wrong, and what to do next."""
    return str(error)


def unread(code: str) -> str:
    """That no model here reads the language of this code, and how its texts were compared."""
    language = formats.language(code, _LOCALE)
    return f"Ibid's models do not read {language}: it went by the words of the question alone."


def after(milliseconds: int) -> str:
    """How long after the question."""
    return f"after {seconds(milliseconds)}"


def seconds(milliseconds: int) -> str:
    """A time that a person waited."""
    return formats.seconds(milliseconds, _LOCALE)


def waited(seconds: int) -> str:
    """A time that somebody is waiting, as a clock tells it."""
    return formats.waited(seconds)


def day(when: date) -> str:
    """A date as people write it."""
    return formats.day(when, _LOCALE)


def articles(count: int) -> str:
    """How big the library is."""
    if count == 0:
        return "no articles yet"
    return formats.counted(count, _LOCALE, {"one": "{} article", "other": "{} articles"})


def reading(count: int) -> str:
    """What is being done between the sources and the first word."""
    return f"Reading {passages(count)}…"


def passages(count: int) -> str:
    """So many passages."""
    return formats.counted(count, _LOCALE, {"one": "{} passage", "other": "{} passages"})


def sources(count: int) -> str:
    """So many sources."""
    return formats.counted(count, _LOCALE, {"one": "{} source", "other": "{} sources"})


def outcome(kind: OutcomeKind) -> str:
    """What is to be thought of the answer to a question of a set, as the reports say it."""
    from eval.report.stages import OUTCOMES

    return OUTCOMES[kind]


def measure(name: str) -> str:
    """What a measure or a figure is called, as in the reports."""
    from eval.language import speaking
    from eval.report.naming import label

    with speaking("en"):
        return label(name)


def measured(value: float | None, unit: Unit) -> str:
    """The value of a figure as the reports write it; a dash where it is undefined."""
    from eval.language import speaking
    from eval.report.naming import shown

    with speaking("en"):
        return shown(value, unit)


def score(value: float) -> str:
    """What one measure gave one answer."""
    return formats.number(value, _LOCALE, "0.00")
