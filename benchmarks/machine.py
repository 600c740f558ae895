"""The machine and the versions that a result belongs to."""

import importlib.metadata
import os
import platform
from datetime import date

PACKAGES = (
    *("crystalspan", "numpy", "scipy", "numba", "llvmlite", "h5py", "scikit-learn", "scikit-dimension", "mpi4py"),
    *("mpich", "torch", "torchani", "dscribe", "MDescriptor", "featomic", "vesin", "ase", "gemmi", "pymatgen", "chmpy"),
)


def describe() -> dict:
    """Return CPU, cores, load, memory, system, versions and day."""
    return {
        "cpu": _field("/proc/cpuinfo", "model name") or platform.processor() or platform.machine(),
        "cores": os.cpu_count(),
        "load before": round(os.getloadavg()[0], 1),
        "memory": _field("/proc/meminfo", "MemTotal"),
        "system": platform.platform(),
        "python": platform.python_version(),
        "versions": versions(),
        "day": date.today().isoformat(),
    }


def versions() -> dict:
    """Return the versions of the packages that are installed."""
    found = {}
    for name in PACKAGES:
        try:
            found[name] = importlib.metadata.version(name)
        except importlib.metadata.PackageNotFoundError:
            found[name] = None
    return found


def _field(path: str, name: str) -> str:
    try:
        with open(path) as lines:
            return next((line.split(":", 1)[1].strip() for line in lines if line.startswith(name)), "")
    except OSError:
        return ""
