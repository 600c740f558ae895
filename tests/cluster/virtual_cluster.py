"""A real SLURM in a temporary folder: controller, node daemons and munge of its own, for as long as a test needs it.

No systemd, no cgroups, no database. Its nodes have as many processors as they are told, more than the machine has.
"""

import contextlib
import os
import shutil
import signal
import socket
import subprocess
import time
from pathlib import Path

# The job step plug-in of Snakemake drops SLURM_CONF, so the configuration must also lie where SLURM looks by itself.
SYSTEM_CONFIGURATION = Path("/etc/slurm/slurm.conf")

_CONFIGURATION = """\
ClusterName=test
SlurmctldHost={host}(127.0.0.1)
SlurmUser=root
SlurmdUser=root
AuthType=auth/munge
AuthInfo=socket={folder}/munge.socket
CredType=cred/munge
MpiDefault=none
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
SwitchType=switch/none
ReturnToService=2
SlurmctldPort={port}
StateSaveLocation={folder}/controller
SlurmdSpoolDir={folder}/%n
SlurmctldPidFile={folder}/controller.pid
SlurmdPidFile={folder}/%n.pid
SlurmctldLogFile={folder}/controller.log
SlurmdLogFile={folder}/%n.log
SlurmdParameters=config_overrides
SlurmdTimeout=10
SelectType=select/cons_tres
SelectTypeParameters=CR_Core_Memory
SchedulerParameters=sched_interval=1,bf_interval=1,batch_sched_delay=0
MinJobAge=300
FirstJobId={first_job}
KillWait=2
JobRequeue=0
UnkillableStepTimeout=180
OverTimeLimit=0
AccountingStorageType=accounting_storage/none
JobAcctGatherType=jobacct_gather/linux
JobAcctGatherFrequency=task=1
JobAcctGatherParams=OverMemoryKill
NodeName=DEFAULT CPUs={cpus} Boards=1 SocketsPerBoard=1 CoresPerSocket={cpus} ThreadsPerCore=1 RealMemory={memory}
{nodes}
PartitionName=batch Nodes=ALL Default=YES MaxTime=60:00:00 DefaultTime=10 State=UP DefMemPerCPU=512
"""


def missing() -> str:
    """Return why there can be no virtual cluster on this machine, or nothing."""
    if os.geteuid() != 0:
        return "a SLURM of its own needs root"
    programs = ["munged", "mungekey", "slurmctld", "slurmd", "sbatch", "srun"]
    absent = [name for name in programs if not _program(name)]
    if absent:
        return (
            f"no {', '.join(absent)}; on Debian: apt-get install munge slurmctld slurmd slurm-client "
            "slurm-wlm-basic-plugins"
        )
    if SYSTEM_CONFIGURATION.exists() and not SYSTEM_CONFIGURATION.is_symlink():
        return f"this machine has a SLURM already ({SYSTEM_CONFIGURATION})"
    if SYSTEM_CONFIGURATION.is_symlink() and not _is_used(SYSTEM_CONFIGURATION.resolve()):
        SYSTEM_CONFIGURATION.unlink()  # of tests that were killed
    if SYSTEM_CONFIGURATION.exists():
        return f"another test's SLURM is running ({SYSTEM_CONFIGURATION.resolve()})"
    return ""


def _is_used(configuration: Path) -> bool:
    """Whether a controller runs with this configuration."""
    for process in Path("/proc").glob("[0-9]*/cmdline"):
        with contextlib.suppress(OSError):
            words = process.read_bytes().split(b"\0")
            if b"slurmctld" in words[0] and str(configuration).encode() in words:
                return True
    return False


def _program(name):
    return shutil.which(name, path=os.environ.get("PATH", "") + ":/usr/sbin:/sbin")


def _free_ports(n):
    sockets = [socket.socket() for _ in range(n)]
    for each in sockets:
        each.bind(("127.0.0.1", 0))
    ports = [each.getsockname()[1] for each in sockets]
    for each in sockets:
        each.close()
    return ports


def _wait(condition, seconds, what):
    deadline = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > deadline:
            raise TimeoutError(f"{what} within {seconds} s")
        time.sleep(0.1)


class VirtualCluster:
    """A SLURM with one node or more on this machine; it ends only the processes that it started."""

    def __init__(self, folder: Path, nodes: int = 1, cpus: int = 4, memory_mb: int = 8000):
        self.folder = folder
        self.nodes = [f"n{i + 1}" for i in range(nodes)]
        self._daemons: dict[str, subprocess.Popen] = {}
        # As on a cluster, no number comes twice: a job would stumble over what another of its number has left behind.
        self._first_job = int(time.time()) % 60_000_000
        self._linked = False
        folder.mkdir(parents=True)
        folder.chmod(0o755)
        for name in ("controller", *self.nodes):
            (folder / name).mkdir()
        host = socket.gethostname().split(".")[0]
        port, *node_ports = _free_ports(1 + nodes)
        lines = [
            f"NodeName={name} NodeHostname={host} NodeAddr=127.0.0.1 Port={node_port}"
            for name, node_port in zip(self.nodes, node_ports, strict=True)
        ]
        text = _CONFIGURATION.format(
            host=host,
            folder=folder,
            port=port,
            cpus=cpus,
            memory=memory_mb,
            nodes="\n".join(lines),
            first_job=self._first_job,
        )
        self.configuration = folder / "slurm.conf"
        self.configuration.write_text(text)
        self.environment = {**os.environ, "SLURM_CONF": str(self.configuration)}
        for name in [name for name in self.environment if name.startswith("SLURM_") and name != "SLURM_CONF"]:
            del self.environment[name]

    def start(self):
        """Bring it up and wait until all nodes are idle."""
        if SYSTEM_CONFIGURATION.is_symlink() and not SYSTEM_CONFIGURATION.exists():
            SYSTEM_CONFIGURATION.unlink()  # the left-over of a run that was killed
        SYSTEM_CONFIGURATION.parent.mkdir(exist_ok=True)
        SYSTEM_CONFIGURATION.symlink_to(self.configuration)
        self._linked = True
        self._start_munge()
        self.start_controller()
        for name in self.nodes:
            self.start_node(name)
        _wait(lambda: set(self.run("sinfo", "-h", "-N", "-o", "%T").split()) == {"idle"}, 60, "nodes are not idle")

    def stop(self):
        """Cancel all jobs and end the daemons, in the order that lets each say good-bye."""
        if "controller" in self._daemons:
            self.run("scancel", "--user=root", check=False)
            self.wait_for_no_jobs()
        for name in [*self.nodes, "controller", "munge"]:
            if name in self._daemons:
                self.kill(name, signal.SIGTERM)
        if self._linked and SYSTEM_CONFIGURATION.is_symlink():
            SYSTEM_CONFIGURATION.unlink()
        self._remove_shared_memory()

    def _remove_shared_memory(self):
        """Remove what MPICH's ranks leave when they are killed; other nodes lose it when they start anew.

        Segments are named after the hash (FNV-1a) of what pmi2 calls the job, its number and its step.
        """
        for job in range(self._first_job, self._first_job + 1000):
            name = 0x811C9DC5
            for byte in f"{job}.0".encode():
                name = (name ^ byte) * 0x01000193 % 2**32
            for node in range(len(self.nodes)):
                Path(f"/dev/shm/mpich_shm_{name:x}_{node}").unlink(missing_ok=True)

    def _start_munge(self):
        key = self.folder / "munge.key"
        subprocess.run([_program("mungekey"), "--create", f"--keyfile={key}"], check=True)
        files = {"socket": "socket", "pid-file": "pid", "log-file": "log", "seed-file": "seed"}
        options = [f"--{option}={self.folder}/munge.{suffix}" for option, suffix in files.items()]
        self._start("munge", "munged", "--foreground", "--force", f"--key-file={key}", *options)
        _wait((self.folder / "munge.socket").exists, 60, "munge does not start")

    def start_controller(self):
        """Start the controller, with the jobs that it knew when it ended."""
        self._start("controller", "slurmctld", "-D", "-f", self.configuration)
        _wait(lambda: "is UP" in self.run("scontrol", "ping", check=False), 60, "the controller does not start")

    def start_node(self, name):
        """Start the daemon of a node."""
        self._start(name, "slurmd", "-D", "-N", name, "-f", self.configuration)

    def _start(self, name, program, *arguments):
        with open(self.folder / f"{name}.out", "ab") as out:
            self._daemons[name] = subprocess.Popen(
                [_program(program), *map(str, arguments)],
                stdin=subprocess.DEVNULL,
                stdout=out,
                stderr=out,
                env=self.environment,
                start_new_session=True,
            )

    def kill(self, name, kind=signal.SIGKILL):
        """End one daemon: "controller", "munge" or a node's name."""
        process = self._daemons.pop(name)
        process.send_signal(kind)
        try:
            process.wait(60)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()

    def run(self, *command, check=True) -> str:
        """Run a command on the login node and return what it says."""
        done = subprocess.run(
            [_program(command[0]), *map(str, command[1:])],
            env=self.environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=120,
            check=False,
        )
        if check and done.returncode != 0:
            raise RuntimeError(f"{command}: {done.stdout}")
        return done.stdout

    def jobs(self, states="PENDING,RUNNING,COMPLETING") -> list[str]:
        """Return the numbers of the jobs in these states."""
        return self.run("squeue", "-h", "-o", "%A", f"--states={states}", check=False).split()

    def wait_for_no_jobs(self):
        """Wait until all jobs have ended."""
        _wait(lambda: not self.jobs(), 180, "jobs do not end")

    def state(self, job: str) -> str:
        """Return the state of a job, which may have ended."""
        return self.run("squeue", "-h", "-o", "%T", "--states=all", "--jobs", job).strip()
