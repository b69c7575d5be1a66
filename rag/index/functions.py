"""What SQLite has from Python, or of itself, as functions and triggers of PostgreSQL."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache

from rag.index.tables import ALSO_AT, ARTICLES, COLLECTED, COLLECTIONS

# SQLite numbers all rows; by these, others hear of new signatures.
NUMBERED = (
    "ALTER TABLE signatures ADD COLUMN number bigserial",
    "CREATE UNIQUE INDEX signatures_number ON signatures (number)",
)


def revised() -> Iterator[str]:
    """The statements that have each change of articles and collections counted as it is made."""
    yield (
        "CREATE FUNCTION revised() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN "
        "INSERT INTO facts VALUES ('revision', '1') ON CONFLICT (name) DO UPDATE "
        "SET value = CAST(CAST(facts.value AS bigint) + 1 AS text); RETURN NULL; END $$"
    )
    for table in (ARTICLES, COLLECTIONS, COLLECTED, ALSO_AT):
        yield (
            f"CREATE TRIGGER revised AFTER INSERT OR UPDATE OR DELETE ON {table.name} "
            "FOR EACH STATEMENT EXECUTE FUNCTION revised()"
        )


def made() -> Iterator[str]:
    """The statements that make what SQLite has from Python, or of itself."""
    yield _folding()
    yield (
        "CREATE OR REPLACE FUNCTION begins(source text, beginnings text) RETURNS boolean "
        "LANGUAGE sql IMMUTABLE AS $$ SELECT EXISTS (SELECT FROM "
        "json_array_elements_text(beginnings::json) AS one "
        "WHERE starts_with(folded(source), folded(one))) $$"
    )
    space = "".join(f"\\u{code:04x}" for code in range(0x3001) if chr(code).isspace())
    yield (
        "CREATE OR REPLACE FUNCTION words_in(words text) RETURNS integer LANGUAGE sql IMMUTABLE "
        f"AS $$ SELECT regexp_count(words, '[^{space}]+') $$"
    )
    # PostgreSQL knows CRC-32 from 18 on.
    yield (
        "CREATE OR REPLACE FUNCTION summed(vector bytea) RETURNS bigint LANGUAGE sql IMMUTABLE "
        "AS $$ SELECT ('x' || substr(md5(vector), 1, 8))::bit(32)::bigint $$"
    )
    # Of a float that is none, or endless, all bits of the exponent are set.
    yield (
        "CREATE OR REPLACE FUNCTION sum_of(vector bytea) RETURNS bigint LANGUAGE sql IMMUTABLE "
        "AS $$ SELECT CASE WHEN mod(length(vector), 4) = 0 AND encode(vector, 'hex') "
        "!~ '^(.{8})*.{4}[89a-f].[7f]f' THEN summed(vector) END $$"
    )
    yield (
        "CREATE OR REPLACE FUNCTION typeof(vector bytea) RETURNS text LANGUAGE sql IMMUTABLE "
        "AS $$ SELECT 'blob' $$"
    )


@cache
def _folding() -> str:
    """The function that folds case as Python does, whatever the server's locale."""
    folded = {chr(code): chr(code).casefold() for code in range(0x80, 0x1E944)}
    changed = {letter: into for letter, into in folded.items() if into != letter}
    single = {letter: into for letter, into in changed.items() if len(into) == 1}
    several = {letter: into for letter, into in changed.items() if len(into) > 1}
    replacing = " ".join(
        f"name := replace(name, '{letter}', '{into}');" for letter, into in several.items()
    )
    return (
        "CREATE OR REPLACE FUNCTION folded(name text) RETURNS text LANGUAGE plpgsql IMMUTABLE "
        'STRICT PARALLEL SAFE AS $$ BEGIN name := lower(name COLLATE "C"); '
        "IF octet_length(name) = char_length(name) THEN RETURN name; END IF; "
        f"name := translate(name, '{''.join(single)}', '{''.join(single.values())}'); "
        f"IF name ~ '[{''.join(several)}]' THEN {replacing} END IF; RETURN name; END $$"
    )
