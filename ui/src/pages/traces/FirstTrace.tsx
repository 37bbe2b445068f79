import { useState } from 'react';
import { Copy } from '../../parts/Copy';
import { Segments } from '../../parts/Segments';

const ways = ['OpenTelemetry', 'Python', 'C', 'curl', 'File'] as const;
type Way = (typeof ways)[number];

/** What sends a first trace. */
function linesOf(way: Way, origin: string): string {
  switch (way) {
    case 'OpenTelemetry':
      return [
        '# any OpenTelemetry SDK, of any language',
        `export OTEL_EXPORTER_OTLP_ENDPOINT=${origin}`,
        'export OTEL_EXPORTER_OTLP_PROTOCOL=http/protobuf',
      ].join('\n');
    case 'Python':
      return ['from oat import trace', '', '@trace(span_type="agent")', 'def agent(question): ...'].join(
        '\n',
      );
    case 'C':
      return [
        'oat_tracer_open(NULL, &tracer);',
        'oat_span *run = oat_span_start(tracer, OAT_AGENT, "agent");',
        'oat_span_end(run);',
      ].join('\n');
    case 'curl':
      return [
        `curl -H 'Content-Type: application/json' ${origin}/ingest -d \\`,
        `  '{"trace_id": "first", "span_id": "1", "name": "first agent",`,
        `    "start_time": '$(date +%s)', "duration_ms": 40}'`,
      ].join('\n');
    case 'File':
      return ['# traces of other systems, and recorded runs', 'oat import trajectory.jsonl'].join('\n');
  }
}

/** An empty store: what sends a first trace, and waiting for it. */
export function FirstTrace() {
  const [way, setWay] = useState<Way>('OpenTelemetry');
  const lines = linesOf(way, window.location.origin);
  return (
    <div className="empty">
      <h2>No trace has arrived yet</h2>
      <p>Send one, or import what you have. It shows here by itself.</p>
      <div className="first-trace card">
        <div>
          <Segments
            label="From"
            options={ways.map((one) => [one, one] as const)}
            value={way}
            onChange={setWay}
          />
          <Copy text={lines} label="Copy these lines" />
        </div>
        <pre>{lines}</pre>
      </div>
      <span className="dim" role="status">
        <i className="listening" aria-hidden="true" /> listening…
      </span>
    </div>
  );
}
