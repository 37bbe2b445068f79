const NO_IDLE_MS = 1000;

/** Calls once the page has nothing else to do. Returns what takes that back. */
export function whenIdle(call: () => void): () => void {
  // Safari knows no idle moments.
  if (!('requestIdleCallback' in window)) {
    const timer = setTimeout(call, NO_IDLE_MS);
    return () => {
      clearTimeout(timer);
    };
  }
  const handle = window.requestIdleCallback(call);
  return () => {
    window.cancelIdleCallback(handle);
  };
}
