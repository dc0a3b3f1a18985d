"""Processor time and memory of a host's process and its worker's."""

import psutil


def with_children(pid: int) -> list[psutil.Process]:
    """Return a process and all its descendants, itself first."""
    process = psutil.Process(pid)
    return [process, *process.children(recursive=True)]


def processor_seconds(*processes: psutil.Process) -> float:
    """Return the processor time of processes so far."""
    return float(sum(sum(each.cpu_times()[:2]) for each in processes))


def megabytes(process: psutil.Process) -> float:
    """Return the resident memory of a process."""
    return float(process.memory_info().rss / 2**20)
