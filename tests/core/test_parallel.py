"""MPI set-ups: right ones count, wrong ones stop."""

import fcntl
import os
import subprocess
import sys
from pathlib import Path

import h5py
import pytest
from hypothesis import given
from hypothesis import strategies as st

from crystalspan.errors import InputError
from crystalspan.parallel import ALONE, attempt, block, each, gathered, world

MPIEXEC = Path(sys.executable).parent / "mpiexec"
needs_mpi = pytest.mark.skipif(not MPIEXEC.exists(), reason="no mpiexec in this environment")


def _run(ranks, code, *arguments):
    return subprocess.run(
        [MPIEXEC, "-n", str(ranks), sys.executable, "-c", code, *arguments],
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


def test_one_rank_without_a_launcher_does_not_load_mpi():
    code = (
        "import sys; from crystalspan.parallel import world; w = world(1)\n"
        "assert (w.rank, w.size) == (0, 1)\n"
        "assert 'mpi4py.MPI' not in sys.modules"
    )
    environment = {k: v for k, v in os.environ.items() if not k.startswith(("PMI", "OMPI", "MPI"))}
    subprocess.run([sys.executable, "-c", code], check=True, env=environment)


def test_more_ranks_than_there_are_stop_with_a_remedy():
    with pytest.raises(InputError, match=r"(?s)3.*remedy"):
        world(3)


@needs_mpi
def test_the_ranks_find_each_other():
    code = "from crystalspan.parallel import world; w = world(3); print(sorted(w.allgather(w.rank)))"
    done = _run(3, code)
    assert done.returncode == 0, done.stderr
    assert done.stdout.count("[0, 1, 2]") == 3


@needs_mpi
def test_a_wrong_rank_count_stops_every_rank_and_writes_nothing(tmp_path):
    code = "import sys; from crystalspan.parallel import world; world(1); open(sys.argv[1], 'w')"
    done = _run(2, code, str(tmp_path / "out"))
    assert done.returncode != 0
    assert "1 MPI ranks were expected, but this process sees 2" in done.stderr
    assert not (tmp_path / "out").exists()


@needs_mpi
def test_an_exception_on_one_rank_ends_all_of_them():
    code = (
        "from crystalspan.parallel import world; w = world(2)\n"
        "if w.rank == 1: raise ValueError('this rank is ill')\n"
        "w.barrier()"
    )
    done = _run(2, code)
    assert done.returncode != 0
    assert "this rank is ill" in done.stderr


def _failing():
    raise InputError("nobody can do this", file="a.h5", record="r", remedy="none")


@pytest.mark.parametrize("collect", [each, gathered])
def test_the_first_error_of_any_rank_is_raised_by_rank_0(collect):
    class Root:
        rank, size = 0, 3

        def gather(self, outcome, root):
            return [outcome, attempt(_failing), attempt(lambda: 1)]

        def allgather(self, failure):
            return [failure, attempt(_failing).failure, None]

    with pytest.raises(InputError, match="nobody can do this") as raised:
        collect(Root(), lambda: 1)
    assert (raised.value.file, raised.value.record, raised.value.remedy) == ("a.h5", "r", "none")


def test_faults_of_the_program_are_not_kept():
    with pytest.raises(ZeroDivisionError):
        gathered(ALONE, lambda: 1 / 0)
    assert gathered(ALONE, lambda: 2) == [2]
    assert each(ALONE, lambda: 2) == 2


@needs_mpi
def test_a_rank_that_fails_ends_all_and_rank_0_says_why():
    code = (
        "from crystalspan.cli import main; from crystalspan.parallel import gathered, world\n"
        "from crystalspan.errors import InputError; import sys\n"
        "def work():\n"
        "    if w.rank == 2: raise InputError('bad on two', file='x.h5', remedy='mend it')\n"
        "    return w.rank\n"
        "w = world(3)\n"
        "found = gathered(w, work)\n"
        "assert w.rank > 0, 'rank 0 went on'"
    )
    done = _run(3, code)
    assert done.returncode != 0
    assert "x.h5: bad on two" in done.stderr
    assert "rank 0 went on" not in done.stderr


@given(n=st.integers(0, 1000), size=st.integers(1, 64))
def test_blocks_cover_everything_once_and_are_balanced(n, size):
    ranges = [block(n, size, rank) for rank in range(size)]
    assert [i for start, stop in ranges for i in range(start, stop)] == list(range(n))
    lengths = [stop - start for start, stop in ranges]
    assert max(lengths) - min(lengths) <= 1


def _in_a_stage(code, *arguments, **variables):
    """Run code in a process that begins as every stage does, and return what it prints."""
    kept = {name: value for name, value in os.environ.items() if not name.endswith(("_NUM_THREADS", "_FILE_LOCKING"))}
    command = [sys.executable, "-c", f"import crystalspan.cli\n{code}", *map(str, arguments)]
    return subprocess.run(command, env=kept | variables, check=True, capture_output=True, text=True).stdout.split()


@pytest.mark.slow
def test_every_process_computes_with_one_thread_unless_the_user_says_otherwise():
    code = "import numba, numpy, threadpoolctl; pools = threadpoolctl.threadpool_info()\n"
    code += "print(numba.get_num_threads(), *(pool['num_threads'] for pool in pools))"
    assert set(_in_a_stage(code)) == {"1"}
    assert _in_a_stage(code, NUMBA_NUM_THREADS="2")[0] == "2"


def test_hdf5_files_are_read_where_the_file_system_cannot_lock(tmp_path):
    path = tmp_path / "locked.h5"
    with h5py.File(path, "w") as file:
        file["x"] = 1
    code = "import h5py, sys; print(*h5py.File(sys.argv[1]))"
    with open(path) as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        assert _in_a_stage(code, path) == ["x"]
        with pytest.raises(subprocess.CalledProcessError):
            _in_a_stage(code, path, HDF5_USE_FILE_LOCKING="TRUE")
