"""Jedes Wort des Fensters auf Deutsch; die Namen sind die von `ui.strings.english`."""

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
    from rag.errors import ErrorKind, IbidError

_LOCALE = "de"

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
    "Zu viele Versuche. Warten Sie {seconds} s und versuchen Sie es dann noch einmal."
)
SIGN_OUT = "Abmelden"
LIBRARIES = "Ihre Bibliotheken"
LIBRARIES_NONE = (
    "Noch ist keine Bibliothek für Sie freigegeben. Wer dieses Ibid betreibt, kann eine für {name} "
    "freigeben."
)
LIBRARIES_AWAY = "Die Datenbank antwortet gerade nicht. Laden Sie die Seite gleich noch einmal."
ROLES = {"reader": "zum Lesen", "editor": "zum Ändern", "owner": "Ihre eigene"}
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
WELCOME_ABSENT = (
    "## Es fehlen Modelle\n"
    "Ibid sucht mit kleinen Modellen, die einmal geholt werden. Fragen können Sie schon jetzt; die "
    "Antwort kommt, sobald sie da sind."
)
WELCOME_LOADING = (
    "## Gleich ist es so weit\n"
    "Sie können schon fragen; die Antwort kommt, sobald alles geladen ist."
)

SEARCHING = "Ihre Artikel werden durchsucht …"
UNDERSTANDING = "Ihre Frage wird gelesen …"
WRITING = "Die Antwort wird geschrieben …"
WAITS_FOR_TURN = "Erst kommen die Antworten vor dieser …"
STOPPED = "Angehalten."
UNANSWERED_YET = "Die Antwort steht noch aus."
INTERRUPTED = "Die Antwort brach ab, weil Ibid beendet wurde. Fragen Sie noch einmal."
TOOK_TOO_LONG = (
    "Die Antwort wurde nach {seconds} Sekunden beendet. Fragen Sie noch einmal, oder wählen Sie "
    "ein anderes Modell."
)
WENT_ON = "Dieses Gespräch ging in einem anderen Tab weiter. Hier steht es jetzt wie dort."
NOT_KEPT = (
    "Dieses Gespräch konnte nicht aufbewahrt werden: kopieren Sie, was Sie brauchen, bevor Sie "
    "diese Seite verlassen. Warum, sagt das Protokoll im Terminal."
)
FAILED = (
    "Beim Antworten ging etwas schief. Versuchen Sie es noch einmal; "
    "mehr sagt das Protokoll im Terminal."
)
DESCRIPTION = "Antworten aus den eigenen Artikeln, jeder Satz mit einem geprüften Beleg."
NEEDS_SCRIPTS = "Diese Seite braucht JavaScript."
STARTING = "Ibid startet"
STARTING_HINT = "Sein Fenster öffnet sich hier von selbst."
LOADING = {
    "absent": "Es fehlen noch Modelle …",
    "begin": "Ibid macht sich bereit …",
    "embedder": "Das Embedding-Modell wird geladen …",
    "starter": "Mitgelieferter Artikel {number} von {of} wird hinzugefügt …",
    "index": "Der Index wird geöffnet …",
    "reranker": "Der Cross-Encoder und der Leser werden geladen …",
    "model": "Das Sprachmodell wird geladen …",
}
STILL_LOADING = "Es wird noch geladen. Versuchen Sie es gleich noch einmal."
QUOTED_WITHOUT_MODEL = "Ohne Modell zitiert: {error}."
QUOTED_UNTIL_FETCHED = "Zitiert: Das Sprachmodell ist noch nicht hier."
FETCHING_WORDS = {
    "heading": "Ibid braucht Modelle, die noch nicht auf diesem Rechner sind.",
    "small": "Mit den kleinen ({size}) findet es Stellen und zitiert sie.",
    "large": "Das Sprachmodell ({size}) kommt danach und formuliert die Antworten.",
    "only_large": "Bis das Sprachmodell ({size}) hier ist, sind Antworten Zitate.",
    "unknown_size": "Größe noch unbekannt",
    "fetch": "Modelle holen ({size})",
    "fetch_both": "Modelle holen ({small}; dann {large})",
    "go_on": "Weiter ({here} von {size} sind hier)",
    "again": "Noch einmal versuchen",
    "stop": "Anhalten",
    "stopping": "Wird angehalten …",
    "fetching": "{name} wird geholt",
    "progress": "{done} von {size}",
    "note": "Sie werden einmal geholt, geprüft und hier aufbewahrt: {folder}.",
    "ask_owner": "Wer dieses Ibid besitzt, kann sie holen.",
    "unforeseen": "Etwas Unvorhergesehenes ging schief; das Protokoll im Terminal sagt mehr.",
}
KEY_WORDS = {
    "heading": "Tasten",
    "close": "Schließen",
    "ask": "Ihre Frage",
    "fresh": NEW_CHAT,
    "act": "Einzelne Tasten (/ n ?) tun etwas",
    "list": [
        (["/"], "Eine Frage schreiben"),
        (["n"], "Ein neues Gespräch beginnen"),
        (["←", "→"], "Zur vorigen oder nächsten zitierten Quelle, in ihrem Artikel"),
        (["↑", "↓"], "Durch die Liste der Quellen oder die Fragen, die anfangs angeboten werden"),
        (["Esc"], "Schließen, was offen ist, oder ein Schritt zurück; in der Frage: sie verlassen"),
        (["Eingabe"], "Die Frage senden"),
        (["Umschalt", "Eingabe"], "Eine neue Zeile in der Frage"),
        (["?"], "Diese Liste"),
    ],
}
SETTINGS_WORDS = {
    "keys": KEY_WORDS,
    "open": "Einstellungen",
    "heading": "Einstellungen",
    "close": "Schließen",
    "model": "Wer die Antworten formuliert",
    "model_note_new": "Für die Gespräche, die Sie von jetzt an beginnen.",
    "model_note": "Für dieses Gespräch.",
    "as_set": "{title} (wie eingestellt)",
    "here": "bleibt auf diesem Rechner",
    "sends": "sendet Ihre Frage und die Textstellen an {host}",
    "needs": "zuerst: pip install {package}",
    "name_of": "Name des Modells von {by}",
    "other": "Ein anderes Modell",
    "other_hint": "eine GGUF-Datei, hf:besitzer/ablage/datei.gguf oder anbieter:name",
    "choose": "Wählen",
    "looking": "Modelle werden gesucht …",
    "answers": "Antworten",
    "answers_of": {
        "strict": "Nur geprüfte Sätze",
        "lenient": "Alle Sätze, zweifelhafte markiert",
        "quotes": "Zitate, ohne Sprachmodell",
    },
    "strictness": "Wie streng",
    "strictness_note": "Eine Antwort gilt ab dieser Wahrscheinlichkeit: {value} %. Eingestellt "
    "sind {usual} %.",
    "passages": "Textstellen, die gesucht werden",
    "usual": "Eingestellt sind {usual}.",
    "language": "Sprache",
    "theme": "Farben",
    "themes": {"system": "Wie das System", "light": "Hell", "dark": "Dunkel"},
    "reset": "Zurück zu dem, was eingestellt ist",
    "saved": "Gespeichert.",
    "not_offered": "Dieses Modell gehört nicht zu denen, die Sie wählen dürfen.",
    "unforeseen": "Das ging nicht; das Protokoll im Terminal sagt mehr.",
}
WRITTEN_BY = "Formuliert von {model}"
FAILED_START = "Ibid konnte nicht starten: {error}"

ASK_FIRST = "Schreiben Sie zuerst eine Frage."
TOO_LONG = "Diese Frage ist zu lang: sie hat {length} Zeichen, erlaubt sind {limit}."
ENDING = (
    "Dieses Ibid wird gerade beendet, darum wurde dies nicht angenommen. Warten Sie einige "
    "Sekunden und versuchen Sie es dann noch einmal."
)
DATABASE_AWAY = (
    "Die Datenbank dieses Ibid antwortet nicht, darum ist nicht bekannt, wer Sie sind. "
    "Warten Sie eine Minute und versuchen Sie es dann noch einmal."
)
QUEUE_FULL = (
    "Im Augenblick fragen zu viele, darum wurde dies nicht angenommen. "
    "Warten Sie eine Minute und versuchen Sie es dann noch einmal."
)
YOUR_QUEUE_FULL = (
    "Von Ihnen warten schon {limit} Fragen, darum wurde dies nicht angenommen. "
    "Warten Sie auf eine davon, oder halten Sie sie an, und versuchen Sie es dann noch einmal."
)
TOO_MANY_PAGES = (
    "In diesem Browser sind zu viele Seiten von Ibid offen. Schließen Sie einige, und laden Sie "
    "dann diese."
)
TOO_MUCH = "Das ist mehr, als auf einmal angenommen wird: erlaubt sind {kb} kB."
TOO_SLOW = "Das kam zu langsam an. Versuchen Sie es noch einmal."
NOT_ALLOWED = "Ihre Rolle erlaubt das nicht. Ein Eigentümer dieses Ibid kann sie ändern."
WRONG_HOST = (
    "Auf diesen Namen hört Ibid nicht. Tragen Sie ihn in ibid.toml unter [window] bei hosts ein, "
    "oder rufen Sie Ibid bei seiner Adresse."
)
STILL_ANSWERING = "Die letzte Antwort ist noch nicht fertig. Warten Sie, oder halten Sie sie an."

MADE_BY = "Aus Ibid aufgehoben. Jede Nummer führt zu den Worten, auf denen ein Satz beruht."
PDF_LACKS = (
    "Für {count} der Zeichen hat diese Datei keine Formen; jedes ist hier ein Kästchen ({box}). "
    "Die HTML- und die Word-Datei haben sie:"
)
SOURCES = "Quellen"
# Die Artikel sind englisch, also sind es auch die Fragen.
STARTER_QUESTIONS = {
    "ibid:seeds/harbour-flood-gazette.md": "How many people had to leave their homes in Port "
    "Ellery?",
    "ibid:seeds/tarnwick-tram-delay.md": "When does the Green Line tram in Tarnwick open?",
    "ibid:seeds/skerra-puffin-survey.md": "How did rats get to Skerra?",
    "ibid:seeds/picasso-guernica.md": "In which museum does Guernica hang?",
}
NEAREST = "Nächstliegende Stellen"
NEAREST_NOTE = "Keine davon war gut genug, um daraus zu antworten."
LEADS = {
    "nearest": "Die nächstliegenden Worte, die vielleicht keine Antwort sind:",
    "differs": "{article}{comma} sagt es anders:",
    "source": "{article}:",
}
REASONS = {**reasons.GERMAN}
PARTIAL = "Nur zum Teil belegt durch das, was er zitiert"
UNSUPPORTED = "Durch keinen Artikel belegt"
UNSUPPORTED_MARK = "nicht belegt"
UNCHECKED = "Nicht geprüft an dem, was er zitiert"
UNCHECKED_MARK = "nicht geprüft"

PAGES = {"page": "Seite {number}", "slide": "Folie {number}", "sheet": "Blatt {number}"}
COPY = "Als Markdown kopieren"
KEEP = "Aufheben oder teilen"
KEEP_WORDS = {
    "heading": "Aufheben oder teilen",
    "answer": "Diese Antwort",
    "talk": "Das ganze Gespräch",
    "kinds": {
        "md": "Markdown",
        "html": "HTML",
        "docx": "Word",
        "pdf": "PDF",
        "bib": "Quellen als BibTeX",
        "csl": "Quellen als CSL-JSON",
        "json": "JSON",
    },
    "link": "Link kopieren",
    "linked": "Link zu dieser Antwort",
    "unlink": "Link zurücknehmen",
    "unlinked": "Der Link führt nirgends mehr hin.",
    "note": "Wer sich hier anmelden darf, kann damit diese Antwort lesen, und sonst nichts von "
    "Ihnen.",
    "unkept": "Dieses Gespräch ist nicht aufgehoben, darum gibt es nichts zu sichern.",
}
SHARED = (
    "Jemand hat diese Antwort mit Ihnen geteilt. Was Sie hier fragen, beginnt ein eigenes Gespräch."
)
NO_LINK = (
    "Dieser Link führt nirgends mehr hin: seine Antwort wurde gelöscht, oder der Link wurde "
    "zurückgenommen."
)
NO_ANSWER = "Diese Antwort gibt es nicht mehr; vielleicht wurde neu gefragt."
RETRY = "Noch einmal fragen"
EDIT = "Frage ändern"
GOOD = "Gute Antwort"
BAD = "Schlechte Antwort"
ASK_ALL = "Alle Artikel fragen"
EDITING = "Sie ändern Ihre letzte Frage."
EDITING_STOP = "Lassen, wie sie war"

FILTER_WORDS = {
    "open": "Artikel auswählen",
    "done": "Fertig",
    "search": "Verlage, Sammlungen, Artikel suchen",
    "publishers": "Verlage",
    "collections": "Sammlungen",
    "articles": "Artikel",
    "alone": "Nur {name} fragen",
    "add": "Auch {name} fragen",
    "since": "Erster Tag",
    "until": "Letzter Tag",
    "all": ASK_ALL,
    "none": "Nichts gefunden.",
    "more": "{left} weitere; suchen Sie danach.",
    "unreachable": "Ibid hat nicht geantwortet. Läuft es noch?",
}
ONLY = "Nur"
ONLY_IN = "Gefragt nur: {what}"
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
    "also_at": "Auch in:",
    "and_more": "und {count} weitere",
    "near": "Fast dasselbe:",
    "newest": "Neueste Antwort",
    "unsent": "Ibid ist nicht zu erreichen. Ihre Frage ist in diesem Browser aufgehoben und wird "
    "gestellt, sobald Ibid wieder da ist.",
    "away": "Ibid ist nicht zu erreichen. Läuft es noch? Diese Seite geht weiter, sobald es wieder "
    "da ist.",
    "unasked": "Diese Frage konnte nicht gestellt werden, als Sie sie schrieben. Hier steht sie.",
    "long": "Zu lang: {length} von {limit} Zeichen. Kürzen Sie sie; nichts davon geht verloren.",
    "count": "{length} von {limit} Zeichen",
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
    "read": "Gelesen, nicht zitiert",
    "written": "Wie geschrieben",
    "written_why": "Die zitierten Worte sind auf der Seite nicht zu sehen, "
    "darum steht hier der Text, wie er geschrieben ist.",
    "unshaped": "Dieser Artikel ist zu groß, um gestaltet zu werden, "
    "darum steht hier sein Text, wie er geschrieben ist.",
    "head": "Kopf der Tabelle, der nicht zitiert ist",
    "table": "Tabelle",
    "remote": "Bild von einer anderen Seite, nicht geladen ({host})",
    "pictureless": "Bild, das nicht gezeigt werden kann",
    "page_of": "Seite {number} von {count}",
    "page_before": "Vorige Seite",
    "page_after": "Nächste Seite",
    "closer": "Vergrößern",
    "farther": "Verkleinern",
    "drawing": "Die Seite wird gezeichnet …",
    "undrawn": "Die Seiten lassen sich nicht zeigen, weil die Datei, aus der dies gelesen wurde, "
    "nicht da ist oder geändert wurde. Dies ist ihr Text.",
    "unplaced": "Nicht alle zitierten Worte ließen sich auf dem Bild finden; im Text darunter "
    "sind sie hervorgehoben.",
    "picture": "Bild der Seite",
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
UPLOADS_FULL = "Es wartet schon zu viel: höchstens {mb} MB. Fügen Sie den Rest danach hinzu."
TOO_MANY_PARTS = "Zu viele Dateien auf einmal. Schicken Sie eine nach der anderen."
NO_LINKS = "Fügen Sie zuerst einen Link ein, einen je Zeile."
TOO_MANY_OF_YOURS = "{limit} von Ihnen warten schon; fügen Sie den Rest danach hinzu."
TOO_MANY_WAITING = "{limit} warten schon; fügen Sie den Rest danach hinzu."
TOO_MANY_LINKS = "Höchstens {limit} Links auf einmal."
NOT_A_LINK = "„{link}“ ist kein Link: Er muss mit http:// oder https:// beginnen."
NOT_REMOVED = "Der Artikel lässt sich nicht mehr zurückholen. Fügen Sie ihn neu hinzu."
NO_COLLECTION_BACK = "Die Sammlung lässt sich nicht mehr zurückholen. Legen Sie sie neu an."
NO_EDIT_BACK = "Die Änderung lässt sich nicht mehr zurücknehmen. Bearbeiten Sie es noch einmal."
NO_OLDER = "Was vorher da war, ist nicht mehr bekannt. Fügen Sie es neu hinzu."
ADDED_AGAIN = "Dieser Artikel wurde inzwischen neu hinzugefügt und bleibt, wie er ist."

STATED = "Laut eigener Angabe aus:"
TAGS = "Laut eigener Angabe über:"
LIBRARY_WORDS = {
    "heading": "Bibliothek",
    "held_one": "1 Artikel · {size} auf der Platte",
    "held": "{count} Artikel · {size} auf der Platte",
    "empty": "Ihre Bibliothek ist leer. Ibid antwortet aus den Artikeln, die Sie hierher legen.",
    "empty_reader": "Die Bibliothek ist leer. Artikel hinzufügen kann nur, wer sie bearbeiten "
    "darf; fragen Sie, wem dieses Ibid gehört.",
    "read_only": "Sie dürfen die Artikel lesen, aber keine hinzufügen, ändern oder entfernen; "
    "fragen Sie dafür, wem dieses Ibid gehört.",
    "tools": "Artikel finden",
    "search": "Suche",
    "search_hint": "Wörter aus Text, Titel oder Quelle",
    "publisher": "Verlag",
    "any": "Alle",
    "since": "Von",
    "until": "Bis",
    "sort": "Sortieren nach",
    "sorts": {
        "added": "Hinzugefügt",
        "published": "Erschienen",
        "title": "Titel",
        "publisher": "Verlag",
        "words": "Wörter",
    },
    "order": "Reihenfolge",
    "rising": "Aufsteigend",
    "falling": "Absteigend",
    "found": "{count} gefunden",
    "none": "Kein Artikel passt. Ändern Sie die Wörter oder die Filter.",
    "more": "Mehr zeigen",
    "title": "Titel",
    "author": "Autor",
    "date": "Datum",
    "published": "Erschienen",
    "added": "Hinzugefügt",
    "language": "Sprache, als en oder de",
    "link": "Link",
    "from": "Quelle",
    "length": "Wörter",
    "acts": "Aktionen",
    "pages_one": "1 Seite",
    "pages": "{count} Seiten",
    "page": "Seite {number}",
    "add": "Artikel hinzufügen",
    "drop": "Dateien oder Ordner hier ablegen, oder irgendwo auf der Seite",
    "drop_all": "Ablegen, um sie der Bibliothek hinzuzufügen",
    "drop_note": "Dateien und Ordner: {formats}, jeweils bis {size}",
    "drop_no": "Sie dürfen hier keine Artikel hinzufügen",
    "drop_no_note": "Bitten Sie den Eigentümer dieses Ibid, Sie zum Bearbeiten zuzulassen.",
    "show_library": "Bibliothek zeigen",
    "dismiss": "Ausblenden",
    "choose_files": "Dateien wählen",
    "choose_folder": "Ordner wählen",
    "formats": "{formats}, jeweils bis {size}",
    "links": "Oder Weblinks einfügen, einen je Zeile",
    "links_hint": "https://…",
    "add_links": "Links hinzufügen",
    "intake": "Wird hinzugefügt",
    "intake_done": "Hinzugefügt",
    "intake_none": "Nicht hinzugefügt",
    "progress": "{done} von {count} hinzugefügt",
    "failed_count": "{count} fehlgeschlagen",
    "same_count": "{count} unverändert",
    "cancelled_count": "{count} abgebrochen",
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
    "ahead": "{count} davor",
    "next": "als Nächstes",
    "no_worker": "Im Augenblick läuft kein Worker. Hinzugefügt wird es, sobald einer gestartet "
    "ist: ibid worker",
    "tried_again": "Um {at} Uhr wird es noch einmal versucht.",
    "in_place_of": "Statt „{title}“, was vorher von dort kam. ",
    "namesake": "Er sagt, er sei {source}; den gibt es hier schon von dort. Beide bleiben. ",
    "twin": "Es ist „{title}“ und ist damit nun auch von dort da. ",
    "take_place": "Dessen Platz einnehmen lassen",
    "note": "Hinweis: {note}",
    "reading_of": "Seite {done} von {of} wird gelesen …",
    "embedding_of": "{done} von {of} eingebettet …",
    "unforeseen": "Etwas Unvorhergesehenes ging schief; mehr sagt das Protokoll im Terminal.",
    "no_files": "Darin ist kein Artikel, der sich lesen lässt.",
    "too_many": "Zu viele auf einmal; fügen Sie den Rest danach hinzu.",
    "too_large": "Größer als {size}; teilen Sie die Datei.",
    "passed_over": "Übergangen, weil ihr Format nicht gelesen wird ({count}): {names}",
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
    "unedited": "Es ist wieder, wie es war.",
    "remove": "Entfernen",
    "remove_heading": "„{title}“ entfernen?",
    "remove_note": "Keine Antwort stützt sich dann noch darauf. "
    "Bis Ibid endet, können Sie ihn zurückholen.",
    "remove_many": "{count} Artikel entfernen?",
    "remove_many_note": "Keine Antwort stützt sich dann noch darauf. "
    "Bis Ibid endet, können Sie alle auf einmal zurückholen.",
    "and_more": "und {count} weitere",
    "keep": "Behalten",
    "keep_many": "Behalten",
    "was_removed": "„{title}“ wurde entfernt. ",
    "were_removed": "{count} Artikel wurden entfernt. ",
    "choose": "Auswählen",
    "choose_all": "Alle gezeigten auswählen",
    "chosen_one": "1 ausgewählt",
    "chosen": "{count} ausgewählt",
    "choose_found": "Alle {count} auswählen",
    "unchoose": "Keinen auswählen",
    "undo": "Rückgängig",
    "is_back": "Der Artikel ist zurück.",
    "are_back": "{count} Artikel sind zurück.",
    "again": "{count} waren inzwischen neu hinzugefügt und bleiben, wie sie sind.",
    "summary": "Kurz gesagt",
    "summary_note": "Seine eigenen Sätze, danach gewählt, wie viel vom Rest ihnen gleicht.",
    "inside": "Was ist hier drin?",
    "inside_wait": "Die Artikel werden durchgesehen …",
    "subjects": "Themen",
    "subjects_note": "Gefunden in den Wörtern der Artikel. Wählen Sie eines, um seine zu sehen.",
    "publishers": "Verlage",
    "years": "Jahre",
    "languages": "Sprachen",
    "unknown": "Nicht bekannt",
    "articles_one": "1 Artikel",
    "articles": "{count} Artikel",
    "only": "Nur: {what}",
    "show_all": "Alle Artikel zeigen",
    "also_at": "Auch in:",
    "near": "Fast dasselbe",
    "near_note": "Nach dem Zusammenlegen bleibt dieser Artikel, wie er ist, und hat die Fundorte "
    "und Sammlungen des anderen, dessen Text fort ist. Rückgängig geht es, bis Ibid endet.",
    "near_fact": "etwa {share} % gleicher Wortlaut",
    "merge": "In diesen aufnehmen",
    "was_merged": "„{title}“ ging in „{kept}“ auf. ",
    "removed": "Kürzlich entfernt",
    "put_back": "Zurückholen",
    "collection": "Sammlung",
    "collections": "Sammlungen",
    "collections_of": "Sammlungen dieser Artikel ({count})",
    "collections_note": "Ein Artikel kann in vielen sein. Wer eine Sammlung vergisst, "
    "entfernt keinen.",
    "collections_none": "Es gibt noch keine. Wählen Sie in der Liste Artikel für eine aus.",
    "collection_new": "Neue Sammlung",
    "collection_make": "Hineinlegen",
    "collection_into": "In „{name}“",
    "rename": "Umbenennen",
    "rename_of": "Neuer Name für „{name}“",
    "forget": "Vergessen",
    "forgotten": "Die Sammlung „{name}“ ist vergessen; ihre Artikel sind noch da. ",
    "remade": "Die Sammlung ist wieder da.",
}

NEWER_CONVERSATION = (
    "Dieses Gespräch hat ein neueres Ibid aufbewahrt; bringen Sie Ibid auf den neuesten Stand, um "
    "es zu lesen."
)
NO_CONVERSATION = "Dieses Gespräch gibt es nicht. Vielleicht wurde es gelöscht."
NO_TOKEN = "Dieser Zugang ist für Befehle des Eigentümers dieses Ibid, die sein Zeichen kennen."
NO_SUCH_PAGE = "Diese Seite gibt es nicht."
DRAWER_WORDS = {
    "open": "Gespräche",
    "heading": "Gespräche",
    "close": "Schließen",
    "search": "Gespräche durchsuchen",
    "empty": "Hier steht, was Sie gefragt haben.",
    "nothing": "Nichts gefunden.",
    "rename": "Umbenennen",
    "remove": "Löschen",
    "removed": "Gelöscht: {title}",
    "undo": "Rückgängig",
    "unreachable": "Ibid hat nicht geantwortet. Läuft es noch?",
    "signOut": "Abmelden",
}

EVALUATION_TAB = "Auswertung"
COMMAND_MEASURES = "Gerade misst ein Befehl (ibid eval); warten Sie, bis er zu Ende ist."
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
ALL_TRIED = (
    "jede Stelle der Bibliothek wurde schon versucht; sehen Sie durch, was vorgeschlagen wurde, "
    "oder fügen Sie Artikel hinzu"
)
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
    "not_sent": "Die Sammlung ließ sich nicht senden. Ihr Name muss auf .jsonl, .json oder .txt "
    "enden.",
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
    "questions_one": "1 Frage",
    "questions": "{count} Fragen",
    "asked_of": "angehalten nach {asked} von {of} Fragen",
    "under_way": "im Gange",
    "go_on": "Fortsetzen",
    "older_one": "Ein älterer Lauf liegt dort, wo Ibid gestartet wurde, und nicht in dieser "
    "Bibliothek.",
    "older": "{count} ältere Läufe liegen dort, wo Ibid gestartet wurde, und nicht in dieser "
    "Bibliothek.",
    "take_over": "Übernehmen",
    "report": "Bericht",
    "cases": "Fragen",
    "download": "Herunterladen",
    "back": "Alle Läufe",
    "close": "Schließen",
    "search": "Suchen",
    "search_hint": "Wörter der Frage, Merkmal oder Kennung",
    "every": "Jeder Ausgang",
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
        "unchecked": "nicht geprüft",
        "unsupported": "nicht belegt",
    },
    "states": {
        "idle": "",
        "preparing": "{set} wird vorbereitet … {done} von {of} Artikeln",
        "asking": "{set} wird gefragt: {done} von {of} Fragen",
        "reporting": "Der Bericht wird geschrieben …",
        "done": "Fertig: {set}, {of} Fragen.",
        "stopped": "Angehalten: {set}, {done} von {of} Fragen. Sie stehen im Bericht.",
        "failed": "Das hat nicht geklappt: {reason}",
        "proposing": "Fälle werden vorgeschlagen: {done} von {of} Stellen gelesen, {made} "
        "vorgeschlagen",
        "proposed": "{done} Stellen wurden gelesen und {made} Fälle vorgeschlagen. Sie warten "
        "unten auf Ihre Durchsicht.",
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
        "about": "Das Sprachmodell liest Stellen Ihrer Artikel und schlägt Fragen vor. Über jede "
        "entscheiden Sie; was Sie behalten, ist eine Sammlung, die sich starten lässt.",
        "passages": "Stellen",
        "propose": "Fälle vorschlagen",
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
    nearest = " und ".join(map(quoted, titles))
    come = "kommt" if len(titles) == 1 else "kommen"
    return f"Ihre Artikel sagen es nicht; am nächsten {come} {nearest}."


def quoted(words: str) -> str:
    """Worte anderer, die nicht Ibids sind."""
    return visible.quoted(words, "„“")


def origin(publisher: str, site: str, *, is_stated: bool) -> str:
    """Wer einen Artikel veröffentlicht hat, meist nach eigener Angabe, und woher er kam."""
    said = f"laut eigener Angabe: {quoted(publisher)}" if publisher and is_stated else publisher
    return ", ".join(filter(None, (said, site and f"auf {site}")))


def by(author: str, *, is_stated: bool) -> str:
    """Wer einen Artikel geschrieben hat, meist nach eigener Angabe."""
    return f"laut eigener Angabe von {quoted(author)}" if author and is_stated else author


def lead(kind: str, named: str, site: str, published: date | None) -> str:
    """Was vor einem Zitat steht; ``named``: der Artikel, wie er unten genannt wird."""
    known = [*filter(None, (site and f"auf {site}", day(published) if published else ""))]
    article = ", ".join([named, *known])
    return LEADS.get(kind, "").format(article=article, comma="," if known else "")


def signed(publisher: str) -> str:
    """Ein Artikel nach dem Herausgeber, den er selbst nennt."""
    return f"Der mit {quoted(publisher)} gezeichnete Artikel"


def titled(title: str) -> str:
    """Ein Artikel nach seinem Titel."""
    return f"Der Artikel {quoted(title)}"


_MODEL_FAILED = "Das Sprachmodell ist ausgefallen ({why}); dies ist ohne es zitiert. "
_MODEL_SETTINGS = " Was eingestellt ist, zeigt: ibid doctor"
_NOT_READ = (
    "nichts wurde genau gelesen und nicht mehr zitiert, als was am nächsten liegt. Starten "
    "Sie ihn, oder berichtigen Sie "
)
_FAILURES: dict[ErrorKind, str] = {
    "format unknown": "dieses Format liest Ibid nicht; es liest {formats}",
    "too large": "größer als {megabytes} MB; teilen Sie die Datei",
    "pdf by another name": "dies ist ein PDF unter anderem Namen; lassen Sie den Namen auf .pdf "
    "enden",
    "binary": "dies ist kein Text, sondern eine Binärdatei; speichern Sie sie als Text in UTF-8",
    "empty": "darin steht kein Text; es wurde nichts hinzugefügt",
    "front matter": "die Angaben am Anfang sind weder YAML noch TOML ({why}); sie wurden Zeile für "
    "Zeile gelesen",
    "list for words": "{name}: ist eine Liste oder Tabelle; schreiben Sie es als Wörter in eine "
    "Zeile",
    "no date": "„{words}“ ist kein eindeutiges Datum; schreiben Sie es wie 2024-11-28",
    "no language": "„{words}“ ist kein Kürzel einer Sprache; schreiben Sie es wie de oder en",
    "no title": "der Titel ist leer; schreiben Sie einen",
    "no web link": "der Link muss mit http:// oder https:// beginnen",
    "scanned": "auf keiner Seite dieses PDFs (es sind {count}) fand sich Text, vielleicht nur ein "
    "Bild davon; soll er gelesen werden, installieren Sie das Extra ocr (pip install "
    "'ibid-rag[ocr]') und setzen Sie reading.ocr (IBID_READING__OCR=true), oder lassen Sie ein "
    "anderes Programm zur Texterkennung (OCR) ihn ergänzen; fügen Sie die Datei dann noch einmal "
    "hinzu",
    "encrypted": "dieses PDF ist verschlüsselt und verlangt ein Passwort; speichern Sie es ohne "
    "Passwort und fügen Sie es noch einmal hinzu",
    "pages": "mehr als {most} Seiten; teilen Sie die Datei",
    "pdf damaged": "dieses PDF ist beschädigt oder gar keines; öffnen Sie es in einem "
    "Leseprogramm, speichern Sie es neu, und fügen Sie es noch einmal hinzu",
    "pages without text": "auf {count} von {of} Seiten fand sich kein Text ({pages}), vielleicht "
    "nur ein Bild davon; soll auch er gelesen werden, installieren Sie das Extra ocr (pip install "
    "'ibid-rag[ocr]') und setzen Sie reading.ocr (IBID_READING__OCR=true), oder lassen Sie ein "
    "anderes Programm zur Texterkennung (OCR) ihn ergänzen; fügen Sie die Datei dann noch einmal "
    "hinzu",
    "read slow": "das Lesen dauerte mehr als {seconds} Sekunden und wurde beendet; teilen Sie die "
    "Datei, speichern Sie sie als Text, oder erhöhen Sie die Einstellung reading.seconds",
    "read large": "das Lesen brauchte mehr als {megabytes} MB Speicher und wurde beendet; teilen "
    "Sie die Datei, speichern Sie sie als Text, oder erhöhen Sie die Einstellung "
    "reading.memory_mb",
    "reader broken": "daran brach das Lesen zusammen, wie an einer Datei, die beschädigt ist oder "
    "schaden soll; speichern Sie sie neu oder als Text, und fügen Sie sie noch einmal hinzu",
    "unreadable": "die Datei lässt sich nicht lesen ({why}); speichern Sie sie neu oder als Text",
    "no page": "dies ist keine Webseite; speichern Sie sie als HTML",
    "page unreadable": "diese Seite lässt sich nicht lesen; speichern Sie sie neu oder als Text",
    "no article": "auf dieser Seite fand sich kein Artikel; eine Seite, die erst ein Skript "
    "füllt, müssen Sie aus dem Browser speichern oder in eine Textdatei kopieren",
    "page script": "den Text dieser Seite zeigt erst ein Skript; öffnen Sie sie im Browser, "
    "speichern Sie die ganze Seite, und fügen Sie diese Datei hinzu",
    "page consent": "diese Seite verlangt an Stelle des Artikels eine Zustimmung zu Cookies; "
    "öffnen Sie sie im Browser, wählen Sie aus, speichern Sie die ganze Seite, und fügen Sie "
    "diese Datei hinzu",
    "page login": "diese Seite verlangt eine Anmeldung; öffnen Sie sie im Browser, melden Sie sich "
    "an, speichern Sie die ganze Seite, und fügen Sie diese Datei hinzu",
    "page paywall": "diese Seite zeigt nur den Anfang des Artikels, und den Rest nur gegen "
    "Bezahlung; öffnen Sie sie im Browser, in dem Sie angemeldet sind, speichern Sie die ganze "
    "Seite, und fügen Sie diese Datei hinzu",
    "page error": "diese Seite sagt, dass dort nichts ist, oder nichts für ein Programm; prüfen "
    "Sie den Link, oder öffnen Sie sie im Browser, speichern Sie die ganze Seite, und fügen Sie "
    "diese Datei hinzu",
    "page onward": "diese Seite leitet nur auf eine andere weiter; fügen Sie den Link hinzu, bei "
    "dem es endet",
    "page styles": "die Formatangaben dieser Seite sind zu groß, um zu sagen, was sie verbergen; "
    "speichern Sie sie als Text",
    "bytes lost": "Bytes, die in {encoding} kein Zeichen sind: {count}; sie stehen als \ufffd da; "
    "wenn das stört, berichtigen Sie die Datei",
    "encoding unsure": "die Kodierung ist nicht angegeben, angenommen wurde {encoding}; wenn "
    "Buchstaben falsch sind, speichern Sie die Datei in UTF-8 und fügen Sie sie noch einmal hinzu",
    "office locked": "dies ist eine Office-Datei von vor 2007, oder eine, die ein Passwort "
    "verlangt; speichern Sie sie neu und ohne Passwort, im Format ihres Namens",
    "package encrypted": "die Datei ist verschlüsselt und verlangt ein Passwort; speichern Sie sie "
    "ohne Passwort",
    "package entities": "die Datei legt Kürzel fest (Entities), wie es Dateien tun, die schaden "
    "sollen; speichern Sie sie neu",
    "package damaged": "die Datei ist beschädigt, oder nicht, was ihr Name sagt ({why}); öffnen "
    "Sie sie in ihrem Programm und speichern Sie sie neu",
    "package large": "ausgepackt wäre dies mehr, als Ibid nimmt ({megabytes} MB oder {members} "
    "Teile); teilen Sie es",
    "cells hidden": "ausgeblendete Blätter, Zeilen oder Spalten wurden ausgelassen: {count}; "
    "sollen sie gelesen werden, blenden Sie sie ein, speichern Sie die Datei, und fügen Sie sie "
    "noch einmal hinzu",
    "sheet large": "das Blatt {sheet} hat mehr als {most} Zellen; teilen Sie es, oder speichern "
    "Sie es als .csv",
    "book protected": "dieses Buch hat einen Kopierschutz und lässt sich nicht lesen; fügen Sie "
    "eines ohne hinzu",
    "mail encrypted": "diese E-Mail ist verschlüsselt; öffnen Sie sie in ihrem Programm und "
    "speichern Sie sie unverschlüsselt",
    "several": "darin stehen mehrere Artikel; nur einer kann den Platz eines anderen einnehmen",
    "attached": "nicht gelesen, da nur angehängt: {names}; speichern Sie es und fügen Sie es "
    "hinzu, wenn es gelesen werden soll",
    "archive empty": "in diesem Archiv ist kein Artikel",
    "passed over": "darin übergangen ({count}): {names}",
    "no table": "dies ist keine Tabelle ({why}); speichern Sie sie neu als .csv",
    "rows": "mehr als {most} Zeilen; teilen Sie die Datei",
    "no text column": "keine Spalte heißt text, body oder content; nennen Sie die, in der die "
    "Artikel stehen: ibid add --text SPALTE. Es gibt: {columns}",
    "no column": "es gibt keine Spalte {column}; es gibt: {columns}",
    "no row": "Zeile {number} ist kein JSON-Objekt; jede Zeile einer .jsonl muss eines sein",
    "slow": "in {seconds} Sekunden kam keine ganze Antwort; versuchen Sie es später noch einmal, "
    "oder speichern Sie die Seite und fügen Sie die Datei hinzu",
    "network": "die Seite war nicht zu erreichen ({why}); prüfen Sie den Link und das Netz",
    "redirected nowhere": "er leitet auf keinen gültigen Link weiter; prüfen Sie ihn",
    "redirects": "mehr als {most} Weiterleitungen; öffnen Sie ihn im Browser und fügen Sie den "
    "Link hinzu, bei dem er endet",
    "link invalid": "dies ist kein gültiger Link; prüfen Sie ihn",
    "link long": "der Link ist zu lang",
    "link scheme": "nur Links mit http:// und https:// lassen sich hinzufügen",
    "link password": "einem Link mit Benutzernamen oder Passwort folgt Ibid nicht",
    "no host": "{host} gibt es nicht; prüfen Sie den Link und das Netz",
    "host inside": "{host} liegt in diesem Rechner oder seinem Netz; nur öffentliche Seiten "
    "lassen sich hinzufügen, und solche, deren Rechner Sie nennen: --allow-host {host}",
    "server refuses": "der Server antwortet mit {status}; öffnen Sie die Seite im Browser, "
    "speichern Sie sie, und fügen Sie die Datei hinzu",
    "media type": "dies ist von der Art {type}; hinzufügen lassen sich Webseiten, reiner Text, "
    "PDFs, Bücher und Office-Dateien",
    "packed": "so gepackt ({encoding}), wie Ibid es nicht entpackt; öffnen Sie die Seite im "
    "Browser, speichern Sie sie, und fügen Sie die Datei hinzu",
    "packed badly": "was kam, ist beschädigt ({encoding}); versuchen Sie es später noch einmal, "
    "oder speichern Sie die Seite und fügen Sie die Datei hinzu",
    "no links": "darin steht kein Link zu einem Artikel; prüfen Sie es",
    "robots": "die Website möchte nicht, dass Programme diese Seite abrufen (robots.txt); öffnen "
    "Sie sie im Browser, speichern Sie die Seite, und fügen Sie die Datei hinzu; ist es Ihre "
    "eigene Website, so nennen Sie sie: IBID_READING__OWN_SITES='[\"{host}\"]'",
    "page large": "größer als {megabytes} MB",
    "disk": "Die Bibliothek lässt sich nicht lesen oder schreiben ({why}); schaffen Sie Platz auf "
    "der Platte, oder holen Sie die Datei aus einer Sicherung zurück",
    "no collection": "Es gibt keine Sammlung „{name}“ mehr.",
    "index away": "Der Chroma-Server unter {address} ist nicht zu erreichen ({why}); Artikel "
    "werden nur nach ihren Wörtern gefunden. Starten Sie ihn, oder berichtigen Sie IBID_CHROMA.",
    "database away": "{place}: PostgreSQL antwortet nicht ({why}); starten Sie es, oder ändern Sie "
    "IBID_DATABASE",
    "embedder away": "Der Server des Einbettungsmodells unter {address} ist nicht zu befragen "
    "({why}); Artikel werden nur nach ihren Wörtern gefunden und keine aufgenommen. Starten Sie "
    "ihn, oder berichtigen Sie IBID_EMBEDDER_URL.",
    "embedder differs": "Der Server unter {address} macht andere Vektoren (Kosinus {likeness}) "
    "als {name}, womit die Bibliothek gebaut wurde; Artikel werden nur nach ihren Wörtern gefunden "
    "und keine aufgenommen. Berichtigen Sie IBID_EMBEDDER_URL, oder nennen Sie mit IBID_EMBEDDER "
    "das Modell des Servers und rufen Sie auf: ibid rebuild",
    "reranker away": "Der Server des Cross-Encoders unter {address} ist nicht zu befragen ({why}); "
    + _NOT_READ + "IBID_RERANKER_URL.",
    "reader away": "Der Server des Lesers unter {address} ist nicht zu befragen ({why}); "
    + _NOT_READ + "IBID_READER_URL.",
    "edit overtaken": "„{title}“ hat sich seitdem geändert, daher lässt sich das nicht "
    "zurücknehmen; bearbeiten Sie es noch einmal.",
    "collection taken": "Eine Sammlung „{name}“ gibt es schon; wählen Sie einen anderen Namen.",
    "collection unnamed": "Die Sammlung braucht einen Namen.",
    "closed": "Die Bibliothek wurde geschlossen; starten Sie Ibid neu",
    "read only": "Die Bibliothek lässt sich lesen, aber nicht ändern ({why}); schaffen Sie Platz "
    "auf der Platte, lassen Sie ihre Rechte ändern, oder nennen Sie mit --library einen anderen "
    "Ordner",
    "embedding": "das Embedding-Modell {model} macht keinen Vektor daraus; prüfen Sie es mit: ibid "
    "models verify, oder nennen Sie mit IBID_EMBEDDER ein anderes",
    "model absent": "das Modell {model} ist noch nicht hier; holen Sie es mit: ibid models pull "
    "{model}",
    "model unloadable": "{model} lässt sich nicht laden ({why}); prüfen Sie es mit: ibid models "
    "verify, oder nennen Sie mit IBID_MODEL ein anderes Modell",
    "package absent": "{model} braucht ein Paket, das nicht installiert ist; installieren Sie es "
    "mit: pip install {package}",
    "extra absent": "{model} braucht Pakete, die nicht installiert sind; installieren Sie sie mit: "
    "{command}",
    "model unreadable": "{model} lässt sich nicht lesen ({why}); nennen Sie mit IBID_MODEL ein "
    "anderes Modell",
    "no space": "für {model} braucht es {needed} MB in {folder}, frei sind {free} MB; schaffen Sie "
    "Platz, oder nennen Sie mit IBID_MODELS_DIR einen Ordner auf einer anderen Platte",
    "not fetched": "{file} von {model} war nicht zu bekommen ({why}); prüfen Sie das Netz und "
    "versuchen Sie es noch einmal",
    "folder unwritable": "in {folder} lässt sich nicht schreiben ({why}); nennen Sie mit "
    "IBID_MODELS_DIR einen anderen Ordner",
    "no gguf": "{model} ist keine GGUF-Datei oder keine ganze; nennen Sie eine, die auf .gguf "
    "endet, oder holen Sie sie noch einmal",
    "no template": "{model} hat keine Gesprächsvorlage: Es kann einen Text fortsetzen, aber nicht "
    "antworten; nennen Sie ein Modell, das es kann, oft mit Instruct oder Chat im Namen",
    "model large": "{model} braucht {needed} GB Arbeitsspeicher, frei sind {free} GB; schließen "
    "Sie andere Programme, oder nennen Sie ein kleineres Modell",
    "model unusable": "{model} lässt sich nicht verwenden: {why}",
    "key": _MODEL_FAILED + "Prüfen Sie den Schlüssel." + _MODEL_SETTINGS,
    "model unknown": _MODEL_FAILED + "Prüfen Sie, ob es ein Modell {subject} gibt."
    + _MODEL_SETTINGS,
    "too often": _MODEL_FAILED + "Warten Sie ein wenig und fragen Sie dann noch einmal."
    + _MODEL_SETTINGS,
    "server down": _MODEL_FAILED + "Läuft der Server unter {subject}?" + _MODEL_SETTINGS,
    "ask again": _MODEL_FAILED + "Fragen Sie noch einmal." + _MODEL_SETTINGS,
    "offline": _MODEL_FAILED + "Prüfen Sie, ob dieser Rechner mit dem Internet verbunden ist, und "
    "fragen Sie dann noch einmal." + _MODEL_SETTINGS,
    "endless": "Das Sprachmodell kam zu keinem Ende und wurde angehalten; dies stützt sich "
    "auf das, was es bis dahin gesagt hatte.",
    "failed while proposing": "{model} versagte ({why}); was bis dahin entstand, ist behalten: "
    "Beheben Sie das und beginnen Sie noch einmal, um fortzufahren",
    "silent": "Das Sprachmodell sagte {seconds} Sekunden lang nichts mehr und wurde angehalten; "
    "dies stützt sich auf das, was es bis dahin gesagt hatte.",
    "question long": "die Frage ist zu lang: sie hat {length} Zeichen, erlaubt sind {limit}; "
    "kürzen Sie sie",
    "set unreadable": "die Sammlung lässt sich nicht lesen; wählen Sie eine andere Datei",
    "set encoding": "Zeile {line} ist nicht in UTF-8; speichern Sie die Sammlung als UTF-8",
    "set empty": "darin steht kein Fall; schreiben Sie ein JSON-Objekt je Zeile",
    "set case": "Zeile {line} ist kein Fall, wie ihn Ibid versteht; was daran falsch ist, sagt: "
    "ibid eval check",
}  # fmt: skip


def failure(error: IbidError) -> str:
    """Was schiefging und was zu tun ist; auf Englisch, was im Fenster kaum jemand erlebt."""
    words = _FAILURES.get(error.kind)
    return words.format(**error.facts) if words else str(error)


def unread(code: str) -> str:
    """Dass hier kein Modell die Sprache dieses Kürzels liest, und wonach verglichen wurde."""
    language = formats.language(code, _LOCALE)
    return f"Ibids Modelle lesen kein {language}: Es ging nur nach den Wörtern der Frage."


def after(milliseconds: int) -> str:
    """Wie lange nach der Frage."""
    return f"nach {seconds(milliseconds)}"


def seconds(milliseconds: int) -> str:
    """Eine Zeit, die jemand gewartet hat."""
    return formats.seconds(milliseconds, _LOCALE)


def waited(seconds: int) -> str:
    """Eine Zeit, die jemand gerade wartet, wie eine Uhr sie zeigt."""
    return formats.waited(seconds)


def day(when: date) -> str:
    """Ein Datum, wie man es schreibt."""
    return formats.day(when, _LOCALE)


def articles(count: int) -> str:
    """Wie groß die Bibliothek ist."""
    if count == 0:
        return "noch keine Artikel"
    return formats.counted(count, _LOCALE, {"one": "{} Artikel", "other": "{} Artikel"})


def reading(count: int) -> str:
    """Was zwischen den Quellen und dem ersten Wort geschieht."""
    return f"Es wird gelesen: {passages(count)} …"


def passages(count: int) -> str:
    """So viele Stellen."""
    return formats.counted(count, _LOCALE, {"one": "{} Stelle", "other": "{} Stellen"})


def sources(count: int) -> str:
    """So viele Quellen."""
    return formats.counted(count, _LOCALE, {"one": "{} Quelle", "other": "{} Quellen"})


def outcome(kind: OutcomeKind) -> str:
    """Was von der Antwort auf eine Frage einer Sammlung zu halten ist, wie in den Berichten."""
    from eval.language import table

    return table("outcomes")[kind]


def measure(name: str) -> str:
    """Wie ein Maß in den Berichten heißt; sein eigener Name, wenn es keinen anderen hat."""
    from eval.language import speaking
    from eval.report.naming import label

    with speaking("de"):
        return label(name)


def measured(value: float | None, unit: Unit) -> str:
    """Der Wert eines Maßes, wie in den Berichten; ein Strich, wo es keinen hat."""
    from eval.language import speaking
    from eval.report.naming import shown

    with speaking("de"):
        return shown(value, unit)


def score(value: float) -> str:
    """Was ein Maß einer Antwort gab."""
    return formats.number(value, _LOCALE, "0.00")
