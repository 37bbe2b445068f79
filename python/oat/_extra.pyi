"""The extension module of what needs PCRE2 and libcurl; a package that was built without them has none."""

def redactor() -> object:
    """What looks for regular expressions, for `_native.Tracer`."""

class Shipper:
    """A thread that sends a store to a daemon, as `oat ship` does.

    Raises:
        ValueError: It is no URL of a daemon, or http to another machine.
        OSError: The store cannot be read.
    """

    def __init__(
        self,
        data_dir: bytes,
        url: str,
        token: str | None,
        interval_ms: int,
        batch_size: int,
        keep_local: bool,
        /,
    ) -> None: ...
    def flush(self, timeout_ms: int, /) -> bool: ...
    def stop(self, timeout_ms: int, /) -> None: ...
