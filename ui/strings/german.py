"""Jedes Wort des Fensters auf Deutsch; die Namen sind die von `ui.strings.english`."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

NAME = "Ibid"
LANGUAGE = "Deutsch"
NEW_CHAT = "Neues Gespräch"
CHAT_TAB = "Gespräch"
LIBRARY_TAB = "Bibliothek"

SIGN_IN = "Anmelden"
USER_NAME = "Name"
PASSWORD = "Passwort"
WRONG_PASSWORD = "Dieser Name und dieses Passwort gehören nicht zusammen."
TOO_MANY_ATTEMPTS = (
    "Zu viele Versuche. Warten Sie eine Viertelstunde und versuchen Sie es dann noch einmal."
)
SIGN_IN_AGAIN = "Sie sind nicht oder nicht mehr angemeldet. Laden Sie die Seite neu."

CHAT_LABEL = "Gespräch"
QUESTION_LABEL = "Frage"
QUESTION_HINT = "Fragen Sie Ihre Artikel …"

WELCOME = (
    "## Fragen Sie Ihre Artikel\n"
    "Jeder Satz einer Antwort trägt eine Nummer. "
    "Wählen Sie eine aus, um in ihrem Artikel die Worte zu lesen, auf denen er beruht."
)
WELCOME_EMPTY = (
    "## Ihre Bibliothek ist leer\n"
    "Ibid antwortet aus Artikeln, die Sie ihm geben. "
    "[Fügen Sie in der Bibliothek welche hinzu](#library): Dateien, Ordner oder Links."
)
WELCOME_LOADING = (
    "## Gleich ist es so weit\n"
    "Sie können schon fragen; die Antwort kommt, sobald alles geladen ist."
)

SEARCHING = "Ihre Artikel werden durchsucht …"
STOPPED = "Angehalten."
NOT_KEPT = (
    "Dieses Gespräch konnte nicht aufbewahrt werden: kopieren Sie, was Sie brauchen, bevor Sie "
    "diese Seite verlassen. Warum, sagt das Protokoll im Terminal."
)
FAILED = (
    "Beim Antworten ging etwas schief. Versuchen Sie es noch einmal; "
    "mehr sagt das Protokoll im Terminal."
)
LOADING = {
    "begin": "Ibid macht sich bereit …",
    "embedder": "Das Embedding-Modell wird geladen …",
    "starter": "Mitgelieferter Artikel {number} von {of} wird hinzugefügt …",
    "index": "Der Index wird geöffnet …",
    "model": "Das Sprachmodell wird geladen …",
}
STILL_LOADING = "Es wird noch geladen. Versuchen Sie es gleich noch einmal."
QUOTED_WITHOUT_MODEL = "Ohne Modell zitiert: {error}."
FAILED_START = "Ibid konnte nicht starten: {error}"

ASK_FIRST = "Schreiben Sie zuerst eine Frage."
TOO_LONG = "Diese Frage ist zu lang: erlaubt sind {limit} Zeichen."
QUEUE_FULL = (
    "Im Augenblick fragen zu viele, darum wurde dies nicht angenommen. "
    "Warten Sie eine Minute und versuchen Sie es dann noch einmal."
)
STILL_ANSWERING = "Die letzte Antwort ist noch nicht fertig. Warten Sie, oder halten Sie sie an."

SOURCES = "Quellen"
# Die Artikel sind englisch, also sind es auch die Fragen.
STARTER_QUESTIONS = {
    "ibid:seeds/harbour-flood-courier.md": "How many people had to leave their homes in Port "
    "Ellery?",
    "ibid:seeds/tarnwick-tram-delay.md": "When does the Green Line tram in Tarnwick open?",
    "ibid:seeds/skerra-puffin-survey.md": "How did rats get to Skerra?",
    "ibid:seeds/picasso-guernica.md": "Where can Picasso's Guernica be seen today?",
}
NEAREST = "Nächstliegende Stellen"
NEAREST_NOTE = "Keine davon war gut genug, um daraus zu antworten."
LEADS = {
    "nearest": "Die nächstliegenden Worte, die vielleicht keine Antwort sind:",
    "differs": "{source}, anders:",
    "source": "{source}:",
}
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

UPLOAD_LOST = "Die Datei ist nicht angekommen. Wählen Sie sie noch einmal aus."
NO_LINKS = "Fügen Sie zuerst einen Link ein, einen je Zeile."
TOO_MANY_WAITING = "{limit} warten schon; fügen Sie den Rest danach hinzu."
TOO_MANY_LINKS = "Höchstens {limit} Links auf einmal."
NOT_A_LINK = "„{link}“ ist kein Link: Er muss mit http:// oder https:// beginnen."
NOT_REMOVED = "Der Artikel lässt sich nicht mehr zurückholen. Fügen Sie ihn neu hinzu."
NO_OLDER = "Was vorher da war, ist nicht mehr bekannt. Fügen Sie es neu hinzu."
ADDED_AGAIN = "Dieser Artikel wurde inzwischen neu hinzugefügt und bleibt, wie er ist."

LIBRARY_WORDS = {
    "heading": "Bibliothek",
    "one": "1 Artikel · {size} auf der Platte",
    "many": "{count} Artikel · {size} auf der Platte",
    "empty": "Ihre Bibliothek ist leer. Ibid antwortet aus den Artikeln, die Sie hierher legen.",
    "tools": "Artikel finden",
    "search": "Suche",
    "search_hint": "Wörter aus Text, Titel oder Quelle",
    "publisher": "Verlag",
    "any": "Alle",
    "since": "Von",
    "until": "Bis",
    "sort": "Sortieren nach",
    "sorts": {
        "added": "Zuletzt hinzugefügt",
        "published": "Datum",
        "title": "Titel",
        "publisher": "Verlag",
        "length": "Länge",
    },
    "found": "{count} gefunden",
    "none": "Kein Artikel passt. Ändern Sie die Wörter oder die Filter.",
    "more": "Mehr zeigen",
    "title": "Titel",
    "author": "Autor",
    "date": "Datum",
    "link": "Link",
    "from": "Quelle",
    "length": "Länge",
    "acts": "Aktionen",
    "characters": "{count} Zeichen",
    "pages": "{count} Seiten",
    "page": "Seite {number}",
    "add": "Artikel hinzufügen",
    "drop": "Dateien oder Ordner hier ablegen",
    "choose_files": "Dateien wählen",
    "choose_folder": "Ordner wählen",
    "formats": "{formats}, jeweils bis {size}",
    "links": "Oder Weblinks einfügen, einen je Zeile",
    "links_hint": "https://…",
    "add_links": "Links hinzufügen",
    "intake": "Wird hinzugefügt",
    "progress": "{done} von {count} fertig",
    "failed_count": "{count} fehlgeschlagen",
    "cancel": "Abbrechen",
    "clear": "Liste leeren",
    "file": "Datei oder Link",
    "state": "Stand",
    "reason": "Grund",
    "states": {
        "waiting": "Wartet",
        "reading": "Wird gelesen …",
        "embedding": "Wird eingebettet …",
        "added": "Hinzugefügt",
        "replaced": "Aktualisiert",
        "same": "Unverändert",
        "failed": "Fehlgeschlagen",
        "cancelled": "Abgebrochen",
    },
    "in_place_of": "Statt „{title}“, was vorher von dort kam. ",
    "embedding_of": "{done} von {of} eingebettet …",
    "unforeseen": "Etwas Unvorhergesehenes ging schief; mehr sagt das Protokoll im Terminal.",
    "no_files": "Darin ist kein Artikel, der sich lesen lässt.",
    "too_many": "Zu viele auf einmal; fügen Sie den Rest danach hinzu.",
    "too_large": "Größer als {size}; teilen Sie die Datei.",
    "formats_only": "Dieses Format wird nicht gelesen. Gelesen werden: {formats}.",
    "upload_failed": "Die Datei ließ sich nicht senden. Versuchen Sie es noch einmal.",
    "unreachable": "Ibid antwortet nicht. Läuft es noch?",
    "close": "Schließen",
    "text": "Text des Artikels",
    "beside": "Neben dem Gespräch öffnen",
    "edit": "Bearbeiten",
    "edit_heading": "Angaben zu diesem Artikel bearbeiten",
    "edit_note": "Der Text bleibt, wie er ist. Was Sie hier schreiben, bleibt auch, "
    "wenn die Datei neu hinzugefügt wird.",
    "save": "Speichern",
    "back": "Zurück",
    "edited": "„{title}“ ist gespeichert.",
    "remove": "Entfernen",
    "remove_heading": "„{title}“ entfernen?",
    "remove_note": "Keine Antwort stützt sich dann noch darauf. "
    "Bis Ibid endet, können Sie ihn zurückholen.",
    "keep": "Behalten",
    "was_removed": "„{title}“ wurde entfernt. ",
    "undo": "Rückgängig",
    "is_back": "Der Artikel ist zurück.",
    "removed": "Kürzlich entfernt",
    "put_back": "Zurückholen",
}

NEWER_CONVERSATION = (
    "Dieses Gespräch hat ein neueres Ibid aufbewahrt; bringen Sie Ibid auf den neuesten Stand, um "
    "es zu lesen."
)
NO_CONVERSATION = "Dieses Gespräch gibt es nicht. Vielleicht wurde es gelöscht."
NO_SUCH_PAGE = "Diese Seite gibt es nicht."
DRAWER_WORDS = {
    "open": "Gespräche",
    "heading": "Gespräche",
    "close": "Schließen",
    "search": "Gespräche durchsuchen",
    "empty": "Hier steht, was Sie gefragt haben.",
    "nothing": "Nichts gefunden.",
    "rename": "Umbenennen",
    "markdown": "Markdown",
    "json": "JSON",
    "remove": "Löschen",
    "removed": "Gelöscht: {title}",
    "undo": "Rückgängig",
    "unreachable": "Ibid hat nicht geantwortet. Läuft es noch?",
    "signOut": "Abmelden",
}

_MONTHS = (
    "Januar Februar März April Mai Juni Juli August September Oktober November Dezember"
).split()

EVALUATION_TAB = "Auswertung"
STILL_MEASURING = (
    "Eine Auswertung ist im Gange; warten Sie, bis sie zu Ende ist, oder halten Sie sie an."
)
NO_RUN = "Diesen Lauf gibt es nicht; sehen Sie noch einmal in die Liste."
NO_SET = (
    "Diese Sammlung gibt es nicht; wählen Sie eine aus der Liste, oder bringen Sie eine Datei mit "
    "JSON-Zeilen."
)
SET_TOO_LARGE = "Diese Sammlung ist zu groß; erlaubt sind fünf Millionen Zeichen."
SET_EXISTS = (
    "Eine Sammlung namens {name} gibt es schon; benennen Sie die Datei um und bringen Sie sie "
    "noch einmal."
)
NOT_IN_LIBRARY = "Die Bibliothek enthält nicht, was die Sammlung als Beleg nennt: {names}"
NO_FEEDBACK = "Diese Antwort steht nicht mehr in der Liste; öffnen Sie die Auswertung neu."
NO_CANDIDATES = "Diese Datei mit Vorschlägen gibt es nicht mehr; öffnen Sie den Reiter neu."
DECIDED_ALREADY = "Dieser Fall wurde anderswo entschieden; hier ist der nächste."
EMPTY_CASE = "Frage oder Antwort ist leer; füllen Sie sie aus, oder verwerfen Sie den Fall."
CASE_EXISTS = "Diese Antwort ist schon ein Fall."
EVALUATION_WORDS = {
    "heading": "Auswertung",
    "about": "Fragen stellen, deren Antworten bekannt sind, und sehen, was zurückkommt.",
    "set": "Fragensammlung",
    "sample": "Fragen",
    "all": "alle",
    "tag": "Name des Laufs",
    "tag_hint": "freigestellt",
    "quotes": "Nur Zitate, ohne Sprachmodell",
    "start": "Starten",
    "bring": "Sammlung bringen …",
    "running": "Fortschritt der Auswertung",
    "stop": "Anhalten",
    "runs": "Läufe",
    "none": "Noch gibt es keinen Lauf. Wählen Sie eine Sammlung und starten Sie.",
    "run": "Lauf",
    "pick": "Vergleichen",
    "compare": "Vergleichen",
    "compare_hint": "Zwei Läufe ankreuzen, um sie zu vergleichen.",
    "model": "Modell",
    "no_model": "keines, nur Zitate",
    "figures": "Zahlen",
    "questions": "{count} Fragen",
    "asked_of": "angehalten nach {asked} von {of} Fragen",
    "under_way": "im Gange",
    "report": "Bericht",
    "cases": "Fragen",
    "download": "Herunterladen",
    "back": "Alle Läufe",
    "close": "Schließen",
    "search": "Suchen",
    "search_hint": "Wörter der Frage, Merkmal oder Kennung",
    "every": "Jeder Ausgang",
    "found": "{count} Fragen",
    "question": "Frage",
    "outcome": "Ausgang",
    "seconds": "Sekunden",
    "answer": "Antwort",
    "sentence": "Satz",
    "verdict": "Urteil",
    "cited": "Belegte Worte",
    "gold": "Richtige Antwort",
    "nothing": "Keine: Kein Artikel sagt es, und Ibid soll es ablehnen.",
    "before": "Zuvor gesagt",
    "support": {
        "verified": "belegt",
        "partial": "teilweise belegt",
        "unsupported": "nicht belegt",
    },
    "states": {
        "idle": "",
        "preparing": "{set} wird vorbereitet … {done} von {of} Artikeln",
        "asking": "{set} wird gefragt: {done} von {of} Fragen",
        "reporting": "Der Bericht wird geschrieben …",
        "done": "Fertig: {set}, {of} Fragen.",
        "stopped": "Angehalten: {set}, {done} von {of} Fragen. Sie stehen im Bericht.",
        "failed": "Die Auswertung ist gescheitert: {reason}",
    },
    "feedback": "Antworten, die Ihnen nicht gefielen",
    "right": "Richtige Antwort (leer: kein Artikel sagt es)",
    "right_hint": "so kurz, wie eine richtige Antwort sein darf",
    "evidence": "Worte, die sie belegen",
    "no_evidence": "keine von diesen",
    "keep": "Als Fall behalten",
    "kept": "Behalten in der Sammlung {set}.",
    "review": {
        "heading": "Fälle aus Ihren Artikeln",
        "none": "Keine warten darauf, gelesen zu werden. Lassen Sie das Sprachmodell welche "
        "vorschlagen, in dem Ordner, in dem Ibid gestartet wurde:",
        "command": "ibid eval generate -n 50",
        "waiting": "{left} von {of} noch zu lesen",
        "all_read": "alle gelesen",
        "review": "Durchsehen",
        "progress": "Fortschritt der Durchsicht",
        "place": "{number} von {of}, {kept} behalten",
        "done": "Alle {of} sind gelesen: {kept} behalten, {dropped} verworfen. Was behalten "
        "wurde, steht in der Sammlung {set}.",
        "from": "Aus „{title}“",
        "answers": "Antwort (mehrere mit | dazwischen)",
        "unanswerable": "Ohne „{title}“ hat sie keine Antwort.",
        "evidence": "Beleg",
        "passage": "Was der Artikel sagt",
        "nearest": "Am nächsten in den anderen Artikeln",
        "keep": "Behalten",
        "keep_key": "B",
        "drop": "Verwerfen",
        "drop_key": "V",
    },
    "unreachable": "Es kam keine Antwort. Läuft Ibid noch?",
    "unforeseen": "etwas Unvorhergesehenes; mehr steht im Terminal",
}


def refusal(titles: Sequence[str] | None) -> str:
    """Dass die Artikel es nicht sagen, und welche am nächsten kommen; None: es gibt keine."""
    if titles is None:
        return "Ihre Bibliothek ist leer. Fügen Sie zuerst Artikel hinzu."
    if not titles:
        return "Ihre Artikel sagen es nicht."
    nearest = " und ".join(f"„{title}“" for title in titles)
    come = "kommt" if len(titles) == 1 else "kommen"
    return f"Ihre Artikel sagen es nicht; am nächsten {come} {nearest}."


def lead(kind: str, publisher: str, published: date | None) -> str:
    """Was vor einem Zitat steht."""
    source = f"{publisher}, {day(published)}" if published else publisher
    return LEADS.get(kind, "").format(source=source)


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
