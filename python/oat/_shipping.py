"""Sends the files of the store to a daemon, by a thread of the library's: `oat ship` within the process.

What is sent is what is on disk. So the daemon may be away for any time, and what a process that was killed
has left behind is sent by the next one.
"""

from __future__ import annotations

import os

from oat import _native
from oat.exporters import HTTPExporter

_FLUSH_MS = 30_000
_STOP_MS = 10_000


class Shipping:
    """Stands where a feed stands for other exporters.

    Args:
        config: Which store, how often it is looked at, and whether it is kept.
        exporter: Where to.

    Raises:
        ImportError: The package was built without libcurl and PCRE2.
        ValueError: It is no URL of a daemon, or http to another machine.
        OSError: The store cannot be read.
    """

    def __init__(self, config: _native.Config, exporter: HTTPExporter) -> None:
        from oat import _extra  # loads libcurl: only for those who need it

        self.exporter = exporter
        self._shipper = _extra.Shipper(
            os.fsencode(config.data_dir),
            exporter.url,
            exporter.token,
            config.export_interval_ms,
            exporter.batch_size,
            config.export_keep_local,
        )

    def flush(self) -> bool:
        """Sends what is durable. Returns True when it is there, or another process is sending it."""
        return self._shipper.flush(_FLUSH_MS)

    def stop(self) -> None:
        """Sends what is left, unless the daemon is away."""
        self._shipper.stop(_STOP_MS)
