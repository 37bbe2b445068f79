/** An empty store: what sends a first trace, and waiting for it. */
export function FirstTrace() {
  const lines = [
    `export OTEL_EXPORTER_OTLP_ENDPOINT=${window.location.origin}`,
    '# any OpenTelemetry SDK now sends its spans here; or, from a file:',
    'oat import trajectory.jsonl',
  ];
  return (
    <div className="empty">
      <h2>No trace has arrived yet</h2>
      <p>Send one from any OpenTelemetry SDK, or import what you have. It shows here by itself.</p>
      <pre>{lines.join('\n')}</pre>
      <span className="dim" role="status">
        listening…
      </span>
    </div>
  );
}
