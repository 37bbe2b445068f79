"""The machine that a benchmark runs on."""

from __future__ import annotations

import os
import platform


def machine() -> str:
    """Where this ran."""
    with open("/proc/cpuinfo", encoding="ascii") as cpus:
        model = next((line.split(":")[1].strip() for line in cpus if line.startswith("model name")), "?")
    return f"{model}, {os.cpu_count()} processors, Linux {platform.release()}"
