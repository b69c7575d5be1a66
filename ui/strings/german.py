"""Jedes Wort des Fensters auf Deutsch; die Namen sind die von `ui.strings.english`."""

from __future__ import annotations

from datetime import date

NAME = "Ibid"
LANGUAGE = "Deutsch"
NEW_CHAT = "Neues Gespräch"
CHAT_TAB = "Gespräch"
LIBRARY_TAB = "Bibliothek"
LIBRARY_COLUMNS = ("Titel", "Verlag", "Datum")

CHAT_LABEL = "Gespräch"
QUESTION_LABEL = "Frage"
QUESTION_HINT = "Fragen Sie Ihre Artikel …"
READER_LABEL = "Quellen und Artikel"

WELCOME = (
    "## Fragen Sie Ihre Artikel\n"
    "Jeder Satz einer Antwort trägt eine Nummer. "
    "Wählen Sie eine aus, um in ihrem Artikel die Worte zu lesen, auf denen er beruht."
)
WELCOME_EMPTY = (
    "## Ihre Bibliothek ist leer\n"
    "Ibid antwortet aus Artikeln, die Sie ihm geben. "
    "Beenden Sie es in seinem Terminal mit Strg-C, fügen Sie welche hinzu und starten Sie es neu:"
    "\n\n`ibid add PFAD`\n\n"
    "PFAD ist eine Datei oder ein Ordner."
)
WELCOME_LOADING = (
    "## Gleich ist es so weit\n"
    "Sie können schon fragen; die Antwort kommt, sobald alles geladen ist."
)

SEARCHING = "Ihre Artikel werden durchsucht …"
STOPPED = "Angehalten."
FAILED = (
    "Beim Antworten ging etwas schief. Versuchen Sie es noch einmal; "
    "mehr sagt das Protokoll im Terminal."
)
STILL_LOADING = "Es wird noch geladen. Versuchen Sie es gleich noch einmal."
FAILED_START = "Ibid konnte nicht starten: {error}"

ASK_FIRST = "Schreiben Sie zuerst eine Frage."
TOO_LONG = "Diese Frage ist zu lang: erlaubt sind {limit} Zeichen."
STILL_ANSWERING = "Die letzte Antwort ist noch nicht fertig. Warten Sie, oder halten Sie sie an."

SOURCES = "Quellen"
NEAREST = "Nächstliegende Stellen"
NEAREST_NOTE = "Keine davon war gut genug, um daraus zu antworten."
NOT_CITED = "nicht zitiert"
PARTIAL = "Nur zum Teil belegt durch das, was er zitiert"
UNSUPPORTED = "Durch keinen Artikel belegt"
UNSUPPORTED_MARK = "nicht belegt"

PAGE = "Seite {number}"
COPY = "Als Markdown kopieren"
RETRY = "Noch einmal fragen"
EDIT = "Frage ändern"
GOOD = "Gute Antwort"
BAD = "Schlechte Antwort"
ASK_ALL = "Alle Artikel fragen"
EDITING = "Sie ändern Ihre letzte Frage."
EDITING_STOP = "Lassen, wie sie war"
ASK_ABOUT = "Was sagen die Artikel über {topic}?"

FILTER = "Artikel auswählen"
ONLY = "Nur"
ONLY_IN = "Gefragt nur: {what}"
PUBLISHERS = "Verlage"
ONLY_ARTICLES = "Nur diese Artikel"
SINCE_LABEL = "Erster Tag"
UNTIL_LABEL = "Letzter Tag"
SINCE = "seit {day}"
UNTIL = "bis {day}"
TAKE_BACK = "Nicht mehr nur {what}"
GONE = "ein Artikel, den es nicht mehr gibt"
NO_DAY = "„{text}“ ist kein Tag. Schreiben Sie ihn wie 2024-01-31."
NO_DAYS = "Der letzte Tag liegt vor dem ersten."

UNDERSTOOD_AS = "Verstanden als: {question}"
DETAILS = "Einzelheiten"
MODEL = "Modell"
NO_MODEL = "keines; die Artikel werden zitiert"
REPAIRED = "Berichtigte Belege"
POINTS = {
    "standalone_ms": "Frage verstanden",
    "sources_ms": "Quellen gefunden",
    "first_token_ms": "Erstes Wort",
    "last_token_ms": "Letztes Wort",
    "total_ms": "Geprüft",
}

UNKNOWN_ARTICLE = "Dieser Artikel ist nicht mehr in der Bibliothek."

READER_WORDS = {
    "sources": SOURCES,
    "source": "Quelle",
    "back": "Alle Quellen",
    "close": "Schließen",
    "empty": "Hier stehen die Stellen, auf denen eine Antwort beruht. "
    "Wählen Sie in der Antwort eine Nummer aus, um ihre Worte im Artikel zu lesen.",
    "loading": "Der Artikel wird geöffnet …",
    "unreachable": "Der Artikel ließ sich nicht öffnen. Läuft Ibid noch?",
    "text": "Text des Artikels",
    "unmarked": "Dieser Artikel wurde geändert, seit er zitiert wurde, und die zitierten Worte "
    "stehen nicht mehr darin.",
    "moved": "Dieser Artikel wurde geändert, seit er zitiert wurde. "
    "Die zitierten Worte stehen noch darin.",
    "whole": "Artikel",
    "only": "Nur diesen Artikel fragen",
    "everything": "Wieder alle Artikel fragen",
    "find": "In diesem Artikel suchen",
    "previous": "Vorige Stelle",
    "next": "Nächste Stelle",
    "cited": "hier zitiert",
    "of": "von",
    "none": "nicht gefunden",
    "copied": "Kopiert",
    "uncopied": "Ihr Browser erlaubt das Kopieren nicht.",
    "why": "Was war falsch? (freiwillig)",
    "send": "Senden",
    "skip": "Jetzt nicht",
    "thanks": "Danke.",
}

_MONTHS = (
    "Januar Februar März April Mai Juni Juli August September Oktober November Dezember"
).split()


def after(milliseconds: int) -> str:
    """Wie lange nach der Frage."""
    return f"nach {seconds(milliseconds)}"


def seconds(milliseconds: int) -> str:
    """Eine Zeit, die jemand gewartet hat."""
    return f"{milliseconds / 1000:.{2 if milliseconds < 1000 else 1}f} s".replace(".", ",")


def day(when: date) -> str:
    """Ein Datum, wie man es schreibt."""
    return f"{when.day}. {_MONTHS[when.month - 1]} {when.year}"


def articles(count: int) -> str:
    """Wie groß die Bibliothek ist."""
    if count == 0:
        return "noch keine Artikel"
    return f"{count:,} Artikel".replace(",", ".")


def reading(count: int) -> str:
    """Was zwischen den Quellen und dem ersten Wort geschieht."""
    return f"Es wird gelesen: {passages(count)} …"


def passages(count: int) -> str:
    """So viele Stellen."""
    return f"{count} Stelle" + ("" if count == 1 else "n")


def sources(count: int) -> str:
    """So viele Quellen."""
    return f"{count} Quelle" + ("" if count == 1 else "n")
