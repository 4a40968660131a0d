"""The store gives back exactly what was put in, or says that it has nothing: damage is found and never believed."""

from __future__ import annotations

import contextlib
import errno
import multiprocessing
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from harness.errors import StoreError
from harness.store import Store, digest_of, key_of

PAYLOADS = st.binary(max_size=300)
KEY = key_of("a", 1)
PLAIN = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**63), 2**63) | st.text(max_size=4) | st.binary(max_size=4),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=2), inner, max_size=3),
    max_leaves=6,
)


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return Store(tmp_path / "store")


@contextlib.contextmanager
def new_store() -> Iterator[Store]:
    with tempfile.TemporaryDirectory() as folder:
        yield Store(Path(folder) / "store")


def record_of(store: Store, kind: str = "kind", key: str = KEY) -> Path:
    return store.root / "records" / kind / key[:2] / key


def blob_of(store: Store, digest: str) -> Path:
    return store.root / "blobs" / digest[:2] / digest


# -- round trips ----------------------------------------------------------------------------------------------


@settings(deadline=None)
@given(payload=PAYLOADS)
def test_a_record_comes_back_as_it_was_put(payload: bytes) -> None:
    with new_store() as store:
        store.put("kind", KEY, payload)
        assert Store(store.root).get("kind", KEY) == payload
        assert store.get("other", KEY) is None
        assert store.damage == []


@settings(deadline=None)
@given(payload=PAYLOADS)
def test_a_blob_comes_back_under_its_digest(payload: bytes) -> None:
    with new_store() as store:
        digest = store.add(payload)
        assert digest == digest_of(payload)
        assert store.read_blob(digest) == payload
        assert store.has_blob(digest)


def test_a_file_is_kept_with_its_mode_and_under_the_digest_of_its_content(store: Store, tmp_path: Path) -> None:
    source = tmp_path / "program"
    source.write_bytes(b"x" * 3_000_000)
    digest = store.add_file(source, executable=True)
    kept = store.blob(digest)
    assert digest == digest_of(source.read_bytes())
    assert kept is not None
    assert os.access(kept, os.X_OK)


def test_a_file_that_is_not_there_is_not_said_to_be_the_stores_fault(store: Store, tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        store.add_file(tmp_path / "absent")
    assert list(store.scratch().iterdir()) == []


def test_the_last_put_record_holds(store: Store) -> None:
    store.put("kind", KEY, b"one")
    store.put("kind", KEY, b"two")
    assert store.get("kind", KEY) == b"two"


def test_a_forgotten_record_is_gone(store: Store) -> None:
    store.put("kind", KEY, b"one")
    store.forget("kind", KEY)
    store.forget("kind", KEY)
    assert store.get("kind", KEY) is None
    assert store.damage == []


def test_nothing_temporary_stays_behind(store: Store) -> None:
    store.put("kind", KEY, b"one")
    store.add(b"two")
    assert list(store.scratch().iterdir()) == []


def test_a_temporary_file_that_a_killed_process_left_is_swept_after_a_day(store: Store) -> None:
    left = store.scratch() / "left"
    (left / "inner").mkdir(parents=True)
    store.collect(10**9)
    assert left.exists()
    os.utime(left, (1, 1))
    store.collect(10**9)
    assert not left.exists()


@settings(deadline=None)
@given(one=st.lists(PLAIN, max_size=3), other=st.lists(PLAIN, max_size=3))
def test_different_tuples_have_different_keys(one: list[object], other: list[object]) -> None:
    assert (key_of(*one) == key_of(*other)) == (repr(_ordered(one)) == repr(_ordered(other)))


def _ordered(value: object) -> object:
    if isinstance(value, dict):
        return {key: _ordered(value[key]) for key in sorted(value)}
    return [_ordered(part) for part in value] if isinstance(value, list) else value


# -- damage ---------------------------------------------------------------------------------------------------


@settings(deadline=None)
@given(payload=PAYLOADS, data=st.data())
def test_a_record_with_a_flipped_bit_is_found_thrown_away_and_made_again(payload: bytes, data: st.DataObject) -> None:
    with new_store() as store:
        store.put("kind", KEY, payload)
        path = record_of(store)
        content = bytearray(path.read_bytes())
        content[data.draw(st.integers(0, len(content) - 1))] ^= 1 << data.draw(st.integers(0, 7))
        path.write_bytes(content)
        assert store.get("kind", KEY) is None
        assert len(store.damage) == 1
        assert not path.exists()
        store.put("kind", KEY, payload)
        assert store.get("kind", KEY) == payload


@settings(deadline=None)
@given(payload=PAYLOADS, data=st.data())
def test_a_record_that_was_cut_off_or_goes_on_is_never_believed(payload: bytes, data: st.DataObject) -> None:
    with new_store() as store:
        store.put("kind", KEY, payload)
        path = record_of(store)
        content = path.read_bytes()
        cut = content[: data.draw(st.integers(0, len(content) - 1))]
        path.write_bytes(data.draw(st.sampled_from([cut, content + b"x"])))
        assert store.get("kind", KEY) is None
        assert len(store.damage) == 1


@settings(deadline=None)
@given(payload=st.binary(min_size=1, max_size=300), data=st.data())
def test_a_damaged_blob_is_found_thrown_away_and_made_again(payload: bytes, data: st.DataObject) -> None:
    with new_store() as store:
        digest = store.add(payload)
        path = blob_of(store, digest)
        content = bytearray(payload)
        content[data.draw(st.integers(0, len(content) - 1))] ^= 1 << data.draw(st.integers(0, 7))
        path.write_bytes(data.draw(st.sampled_from([bytes(content), payload[:-1], payload + b"x"])))
        assert store.blob(digest) is None
        assert len(store.damage) == 1
        assert not store.has_blob(digest)
        assert store.read_blob(store.add(payload)) == payload


def test_adding_what_is_there_but_damaged_makes_it_whole(store: Store) -> None:
    digest = store.add(b"payload")
    blob_of(store, digest).write_bytes(b"damaged")
    assert store.read_blob(store.add(b"payload")) == b"payload"


def test_damage_is_told_with_what_it_was(store: Store) -> None:
    store.put("observation", KEY, b"x")
    record_of(store, "observation").write_bytes(b"")
    store.get("observation", KEY)
    assert store.damage == [f"observation {KEY[:12]} is damaged; it was thrown away and is made again"]


def test_a_folder_in_place_of_a_record_is_no_record(store: Store) -> None:
    record_of(store).mkdir(parents=True)
    assert store.get("kind", KEY) is None
    assert store.damage


# -- many processes -------------------------------------------------------------------------------------------


def hammer(root: Path, number: int) -> list[str]:
    store = Store(root)
    wrong = []
    for turn in range(60):
        payload = (b"%d " % number) * 5000
        store.put("kind", KEY, payload)
        seen = store.get("kind", KEY)
        if seen is None or len(set(seen.split())) != 1:
            wrong.append(f"record in turn {turn}")
        if store.read_blob(store.add(b"shared" * 1000)) != b"shared" * 1000:
            wrong.append(f"blob in turn {turn}")
    return wrong + store.damage


def test_processes_that_write_the_same_key_at_once_never_see_a_half_written_record(tmp_path: Path) -> None:
    with multiprocessing.get_context("spawn").Pool(4) as pool:
        assert pool.starmap(hammer, [(tmp_path, number) for number in range(4)]) == [[], [], [], []]


def count_up(root: Path, file: Path) -> None:
    for _ in range(25):
        with Store(root).lock("counter"):
            file.write_text(str(int(file.read_text()) + 1))


def test_a_lock_is_held_by_one_process_at_a_time(tmp_path: Path) -> None:
    file = tmp_path / "counter"
    file.write_text("0")
    with multiprocessing.get_context("spawn").Pool(4) as pool:
        pool.starmap(count_up, [(tmp_path / "store", file)] * 4)
    assert file.read_text() == "100"


def test_the_lock_of_a_killed_process_is_free_at_once(store: Store) -> None:
    code = "import sys,time,pathlib;from harness.store import Store\nwith Store(pathlib.Path(sys.argv[1])).lock('x'):\n"
    code += " print('held', flush=True); time.sleep(60)"
    with subprocess.Popen([sys.executable, "-c", code, str(store.root)], stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == b"held\n"
        process.kill()
    with store.lock("x"):
        pass


def test_an_error_inside_a_lock_is_not_taken_for_one_of_the_store(store: Store) -> None:
    with pytest.raises(PermissionError, match="mine"), store.lock("x"):
        raise PermissionError("mine")
    with store.lock("x"):
        pass


# -- the limit ------------------------------------------------------------------------------------------------


def fill(store: Store, count: int) -> list[str]:
    digests = []
    for number in range(count):
        digests.append(store.add(os.urandom(10_000)))
        os.utime(blob_of(store, digests[-1]), (number + 1, number + 1))
    return digests


def taken(store: Store) -> int:
    return sum(part.size for part in store.usage().values())


def test_what_was_used_least_recently_goes_first(store: Store) -> None:
    digests = fill(store, 6)
    store.blob(digests[0])
    store.add(b"x")
    store.collect(taken(store) - 20_000)
    assert [store.has_blob(digest) for digest in digests] == [True, False, False, True, True, True]


def test_adding_what_is_there_is_a_use_of_it(store: Store) -> None:
    digest = store.add(b"x" * 10_000)
    os.utime(blob_of(store, digest), (1, 1))
    fill(store, 3)
    store.add(b"x" * 10_000)
    store.collect(taken(store) - 10_000)
    assert store.has_blob(digest)


@settings(deadline=None)
@given(count=st.integers(0, 5), limit=st.integers(0, 80_000))
def test_after_collecting_the_store_takes_at_most_its_limit(count: int, limit: int) -> None:
    with new_store() as store:
        digests = fill(store, count)
        before = taken(store)
        gone = store.collect(limit)
        assert taken(store) <= limit
        assert taken(store) == before - gone.size
        kept = [store.has_blob(digest) for digest in digests]
        assert kept == sorted(kept)
        assert gone.files == kept.count(False)


def test_nothing_goes_while_the_limit_is_kept(store: Store) -> None:
    fill(store, 3)
    assert store.collect(taken(store)).files == 0


def test_a_slot_that_is_held_stays_and_a_free_one_goes_whole(store: Store) -> None:
    for name in ("held", "free"):
        (store.root / "slots" / name / "target").mkdir(parents=True)
        (store.root / "slots" / name / "target" / "file").write_bytes(b"x" * 10_000)
    with store.lock("slot held"):
        store.collect(0)
    assert [(store.root / "slots" / name).exists() for name in ("held", "free")] == [True, False]


def clean_up(root: Path) -> None:
    for _ in range(20):
        Store(root).collect(0)


def build_slots(root: Path) -> None:
    for turn in range(200):
        (root / "slots" / f"slot{turn}").mkdir(parents=True, exist_ok=True)


def test_processes_that_collect_at_once_do_not_trip_over_each_other(tmp_path: Path) -> None:
    Store(tmp_path)
    with multiprocessing.get_context("spawn").Pool(4) as pool:
        work = [
            pool.apply_async(build_slots, (tmp_path,)),
            *(pool.apply_async(clean_up, (tmp_path,)) for _ in range(3)),
        ]
        for one in work:
            one.get(60)


# -- what the machine lacks -----------------------------------------------------------------------------------


def test_a_folder_that_cannot_be_made_is_one_clear_error(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(StoreError, match=r"cannot be written to.*--harness-store"):
        Store(tmp_path / "file" / "store")


def test_a_folder_without_write_access_is_one_clear_error(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object, **__: object) -> object:
        raise PermissionError(errno.EACCES, "Permission denied")

    monkeypatch.setattr(tempfile, "TemporaryFile", refuse)
    with pytest.raises(StoreError, match=r"cannot be written to: Permission denied\..*--harness-store"):
        Store(store.root)
    monkeypatch.setattr(tempfile, "NamedTemporaryFile", refuse)
    with pytest.raises(StoreError, match="cannot be written to"):
        store.put("kind", KEY, b"x")


@contextlib.contextmanager
def small_disk(folder: Path) -> Iterator[bool]:
    """Half a megabyte of memory as a file system, where that may be mounted."""
    folder.mkdir()
    command = ["mount", "-t", "tmpfs", "-o", "size=512k", "harness-test", str(folder)]
    try:
        mounted = subprocess.run(command, capture_output=True, check=False).returncode == 0
    except FileNotFoundError:
        mounted = False
    try:
        yield mounted
    finally:
        if mounted:
            subprocess.run(["umount", str(folder)], check=True)


@pytest.mark.parametrize("real", [True, False], ids=["a small file system", "simulated"])
def test_a_full_disk_is_one_clear_error_and_leaves_nothing_half_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, real: bool
) -> None:
    large = tmp_path / "large"
    large.write_bytes(os.urandom(2_000_000))
    with small_disk(tmp_path / "disk") as mounted:
        if real and not mounted:
            pytest.skip("no file system may be mounted here")
        store = Store(tmp_path / "disk" / "store")
        store.put("kind", KEY, b"small")
        if not real:
            monkeypatch.setattr(Path, "replace", full)
        for fails in (
            lambda: store.put("kind", KEY, large.read_bytes()),
            lambda: store.add(large.read_bytes()),
            lambda: store.add_file(large),
        ):
            with pytest.raises(StoreError, match=r"is full\. Free some space"):
                fails()
        assert store.get("kind", KEY) == b"small"
        assert not store.has_blob(digest_of(large.read_bytes()))
        assert list(store.scratch().iterdir()) == []


def full(*_: object, **named: object) -> None:
    raise OSError(errno.ENOSPC, "No space left on device")


def test_a_lock_on_a_full_disk_is_the_same_error(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("harness.store.FileLock.acquire", full)
    with pytest.raises(StoreError, match="is full"), store.lock("x"):
        pass
