"""What two replicas over one database know of people, keys, attempts, rates and what was said."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import date, datetime, timedelta

import pytest
from postgres_server import PostgresServer

from rag.errors import LibraryError
from rag.index.changes import Change
from rag.index.postgres import Database
from rag.limits import AuditLimits
from rag.settings import Settings
from ui import audit, keys, users
from ui.audit import Audit
from ui.state import places
from ui.state.attempts import Attempts, Counting
from ui.state.journal import LinesTable
from ui.state.places import InDatabase
from ui.state.rates import Rates, Taking
from ui.window.conversation.feedback import Feedback, Feedbacks
from ui.window.conversation.types import Exchange
from ui.window.server.auth import Sessions, TooMany
from ui.wishes import Kept, Wishes

PASSWORD = "correct horse battery"
PLACE = "192.0.2.7"


class Clock:
    """Stands still until it is moved."""

    def __init__(self) -> None:
        self.s = 1_000_000.0

    def __call__(self) -> float:
        return self.s


@pytest.fixture
def clock() -> Clock:
    return Clock()


def opened(server: PostgresServer) -> InDatabase:
    return InDatabase(Database(server.address, "library"), 1_000_000)


@pytest.fixture
def replicas(postgres: PostgresServer) -> Iterator[tuple[InDatabase, InDatabase]]:
    both = opened(postgres), opened(postgres)
    yield both
    for one in both:
        one.close()
    postgres.empty()


Two = tuple[InDatabase, InDatabase]


def doors(one: InDatabase, clock: Callable[[], float]) -> Sessions:
    return Sessions(one.users, clock, one)


def test_who_signs_in_on_one_is_in_on_the_other_until_they_sign_out_on_either(
    replicas: Two, clock: Clock
) -> None:
    users.add(replicas[0].users, "ann", PASSWORD)
    here, there = (doors(one, clock) for one in replicas)
    token = asyncio.run(here.sign_in("ann", PASSWORD, PLACE))
    assert token
    assert there.user_and_role(token) == ("ann", "owner")
    there.sign_out(token)
    assert here.user_and_role(token) == ("", "")


def test_a_role_that_is_changed_on_one_counts_at_once_on_the_other_and_a_removal_signs_out(
    replicas: Two, clock: Clock
) -> None:
    a, b = replicas
    users.add(a.users, "ann", PASSWORD)
    users.add(a.users, "rob", PASSWORD)
    here, there = doors(a, clock), doors(b, clock)
    token = asyncio.run(here.sign_in("rob", PASSWORD, PLACE)) or ""
    assert there.user_and_role(token) == ("rob", "reader")
    users.appoint(a.users, "rob", "editor")
    assert there.user_and_role(token) == ("rob", "editor")
    users.remove(b.users, "rob")
    assert here.user_and_role(token) == ("", "")


def test_another_password_ends_every_session_and_twelve_hours_do(
    replicas: Two, clock: Clock
) -> None:
    a, b = replicas
    users.add(a.users, "ann", PASSWORD)
    here, there = doors(a, clock), doors(b, clock)
    first = asyncio.run(here.sign_in("ann", PASSWORD, PLACE)) or ""
    users.add(b.users, "ann", "another password")
    assert there.user(first) == ""
    second = asyncio.run(there.sign_in("ann", "another password", PLACE)) or ""
    assert here.user(second) == "ann"
    clock.s += 12 * 3600
    assert here.user(second) == ""


def test_neither_token_nor_password_nor_address_can_be_read_in_the_database(
    replicas: Two, clock: Clock, postgres: PostgresServer
) -> None:
    users.add(replicas[0].users, "ann", PASSWORD)
    token = asyncio.run(doors(replicas[0], clock).sign_in("ann", PASSWORD, PLACE, "b" * 32)) or ""
    secret = keys.add(replicas[0].key_place, "bot", "read")
    replicas[0].attempts("key", 1, 60.0, clock).count(PLACE)
    schema = Database(postgres.address, "library").schema
    named = "users keys sessions browsers attempts rates wishes answers lines".split()
    said = repr([postgres.execute(f'SELECT * FROM "{schema}".{table}') for table in named])
    assert "ann" in said
    for hidden in (token, PASSWORD, secret, PLACE, "b" * 32):
        assert hidden not in said


def test_wrong_passwords_are_counted_together(replicas: Two, clock: Clock) -> None:
    users.add(replicas[0].users, "ann", PASSWORD)
    both = [doors(one, clock) for one in replicas]
    for number in range(5):
        assert asyncio.run(both[number % 2].sign_in("ann", f"wrong {number}", PLACE)) is None
    for one in both:
        with pytest.raises(TooMany):
            asyncio.run(one.sign_in("ann", PASSWORD, PLACE))
    clock.s += 1
    assert asyncio.run(both[1].sign_in("ann", PASSWORD, PLACE))


def test_a_browser_in_which_somebody_has_been_does_not_wait_for_what_others_try(
    replicas: Two, clock: Clock
) -> None:
    users.add(replicas[0].users, "ann", PASSWORD)
    here, there = (doors(one, clock) for one in replicas)
    assert asyncio.run(here.sign_in("ann", PASSWORD, PLACE, "c" * 32))
    for _ in range(5):
        asyncio.run(there.sign_in("ann", "wrong", PLACE))
    with pytest.raises(TooMany):
        asyncio.run(there.sign_in("ann", PASSWORD, PLACE))
    assert asyncio.run(there.sign_in("ann", PASSWORD, PLACE, "c" * 32))


@pytest.fixture(params=["here", "database"])
def counted(
    request: pytest.FixtureRequest, clock: Clock
) -> tuple[Callable[[int, float], Counting], Taking]:
    """Attempts and rates: as one process counts them, and as all do."""
    if request.param == "here":
        return lambda free, longest: Attempts(free, longest, clock), Rates(clock)
    one: InDatabase = request.getfixturevalue("replicas")[0]
    return lambda free, longest: one.attempts("a", free, longest, clock), one.rates(clock)


Counted = tuple[Callable[[int, float], Counting], Taking]


def test_after_those_that_are_free_the_wait_doubles_up_to_the_longest(
    counted: Counted, clock: Clock
) -> None:
    attempts = counted[0](3, 60.0)
    waits = []
    for _ in range(12):
        assert attempts.count("ann") == 0
        waits.append(attempts.wait("ann"))
        assert attempts.count("ann") == waits[-1]  # and that one is not counted
        clock.s += waits[-1]
        if not waits[-1]:
            attempts.forget("ann")
            attempts = counted[0](1, 60.0)
    assert waits[1:8] == [1, 2, 4, 8, 16, 32, 60]
    assert attempts.wait("bob") == 0
    attempts.forget("ann")
    assert attempts.wait("ann") == 0
    assert attempts.count("ann") == 0


def test_a_day_after_the_last_attempt_all_are_free_again(counted: Counted, clock: Clock) -> None:
    attempts = counted[0](2, 60.0)
    attempts.count("ann")
    attempts.count("ann")
    assert attempts.wait("ann") == 1
    clock.s += 25 * 3600
    assert attempts.count("ann") == 0
    assert attempts.wait("ann") == 0


def test_a_bucket_empties_and_fills_as_time_goes_by(counted: Counted, clock: Clock) -> None:
    rates = counted[1]
    assert [rates.take("ann", 3).left for _ in range(3)] == [2, 1, 0]
    refused = rates.take("ann", 3)
    assert (refused.is_allowed, refused.left, refused.wait) == (False, 0, 20.0)
    assert rates.take("bob", 3).is_allowed
    clock.s += 21
    again = rates.take("ann", 3)
    assert (again.is_allowed, again.left) == (True, 0)
    clock.s += 600
    assert rates.take("ann", 3).left == 2


def test_requests_that_come_to_both_at_once_are_counted_together(replicas: Two) -> None:
    clock = Clock()
    both = [one.rates(clock) for one in replicas]
    with ThreadPoolExecutor(8) as pool:
        taken = list(pool.map(lambda number: both[number % 2].take("ann", 10), range(30)))
    assert sum(one.is_allowed for one in taken) == 10


def test_attempts_that_come_to_both_at_once_pass_no_more_than_one_by_one(replicas: Two) -> None:
    clock = Clock()
    both = [one.attempts("key", 4, 60.0, clock) for one in replicas]
    with ThreadPoolExecutor(8) as pool:
        waits = list(pool.map(lambda number: both[number % 2].count("here"), range(24)))
    assert sum(wait == 0 for wait in waits) == 4


def test_what_slows_nobody_down_any_more_is_let_go(replicas: Two, postgres: PostgresServer) -> None:
    past = Clock()  # of 1970
    replicas[0].attempts("key", 1, 60.0, past).count("here")
    replicas[0].rates(past).take("ann", 5)
    replicas[1].sweep()
    schema = Database(postgres.address, "library").schema
    for table in ("attempts", "rates"):
        assert postgres.execute(f'SELECT count(*) FROM "{schema}".{table}') == [(0,)]


def test_a_key_that_is_made_rotated_or_removed_on_one_counts_at_once_on_the_other(
    replicas: Two,
) -> None:
    a, b = replicas
    day = date.today() + timedelta(days=3)
    secret = keys.add(a.key_place, "bot", "write", ["Port"], 7, day)
    found = b.keys.find(secret)
    assert found == keys.read(a.key_place)["bot"]
    assert (found.scope, found.collections, found.rate, found.expires) == (
        "write", ("Port",), 7, day,
    )  # fmt: skip
    with pytest.raises(keys.KeyProblem, match="rotate"):
        keys.add(b.key_place, "bot", "read")
    other = keys.rotate(b.key_place, "bot")
    assert a.keys.find(secret) is None
    assert not a.keys.is_good(found)
    again = a.keys.find(other)
    assert again and a.keys.is_good(again)
    b.keys.note_use(again)
    assert keys.at(a.key_place).last_used() == {"bot": date.today().isoformat()}
    keys.remove(a.key_place, "bot")
    assert b.keys.find(other) is None
    assert not b.keys.is_good(again)
    assert not keys.any_keys(b.key_place)


def test_feedback_is_read_on_both_and_a_later_verdict_replaces_an_earlier_one(
    replicas: Two,
) -> None:
    here, there = (Feedbacks(one.conversations) for one in replicas)
    given = datetime(2026, 1, 1)
    one = Feedback("ans_1", 0, Exchange("How many?"), "up", "", given, "key:ann")
    here.keep(one)
    there.keep(replace(one, conversation_id="ans_2"))
    there.keep(replace(one, verdict="down", given=given + timedelta(days=1)))
    told = [(one.conversation_id, one.verdict) for one in here.all()]
    assert told == [("ans_1", "down"), ("ans_2", "up")]


def test_changes_are_put_down_together_the_latest_first(replicas: Two) -> None:
    for number, one in enumerate((*replicas, *replicas)):
        kept = Audit(one.audit, AuditLimits(), f"replica {number % 2}")
        kept.write(Change("create collection", f"c{number}"), None)
    found = [(said["collection"], said["route"]) for said in audit.read(replicas[0].audit)]
    assert found == [(f"c{number}", f"replica {number % 2}") for number in (3, 2, 1, 0)]


def test_lines_have_an_end_and_those_of_another_kind_stay(replicas: Two) -> None:
    engine = replicas[0].conversations
    few, going = LinesTable(engine, "few", 5_000), LinesTable(engine, "going", 5_000)
    few.add(b"0123456789")
    for number in range(1_100):
        going.add(b"%010d" % number)
    held = list(going.newest())
    assert held[0] == b"%010d" % 1_099
    assert 500 <= len(held) < 1_000
    assert list(few.newest()) == [b"0123456789"]


def test_what_a_reader_wants_is_wanted_on_both(replicas: Two) -> None:
    here, there = (Kept(one.wishes) for one in replicas)
    here.keep("user:ann", Wishes(passages=7))
    there.pick("user:ann", "c1", Wishes(model="other"))
    assert there.of("user:ann").passages == 7
    assert here.of("user:ann", "c1") == Wishes(model="other", passages=7)
    assert here.of("user:bob") == Wishes()


def test_an_answer_that_one_gave_is_known_to_the_other_for_a_while_and_to_nobody_else(
    replicas: Two,
) -> None:
    here, there = (one.given for one in replicas)
    for number in range(4):
        here.put(f"ans_{number}", "key:ann", f"text {number}", until=100.0 + number, most=3)
    assert there.get("ans_3", "key:ann", 50.0) == "text 3"
    assert there.get("ans_3", "key:bob", 50.0) is None
    assert there.get("ans_3", "key:ann", 200.0) is None
    assert there.get("ans_0", "key:ann", 50.0) is None


def test_both_sign_with_one_secret_and_each_use_has_its_own(replicas: Two) -> None:
    a, b = replicas
    assert a.secret("gate") == b.secret("gate")
    assert len(a.secret("gate")) == 32
    assert a.secret("other") != b.secret("gate")


def test_many_that_begin_at_once_find_one_set_of_tables(postgres: PostgresServer) -> None:
    with ThreadPoolExecutor(6) as pool:
        begun = list(pool.map(lambda _: opened(postgres), range(6)))
    assert len({one.secret("gate") for one in begun}) == 1
    for one in begun:
        one.close()
    postgres.empty()


def test_a_database_that_is_away_is_told_in_one_line_and_asks_nobody_in(
    tmp_path: object,
) -> None:
    database = Database("postgresql://postgres@127.0.0.1:9/none", "library")
    with pytest.raises(LibraryError, match="PostgreSQL does not answer"):
        InDatabase(database, 1)


def test_without_a_database_all_of_it_is_in_the_folder_as_it_was(tmp_path: object) -> None:
    settings = Settings(library=str(tmp_path))  # type: ignore[arg-type]
    kept = places.of(settings)
    assert kept.key_place == settings.library / "keys"
    assert kept.users == settings.library / "users"
    assert kept.audit == kept.wishes == settings.library
    assert not kept.is_afar
    assert list(settings.library.iterdir()) == []
