/** Traces of a size that no example has. */
import type { Daemon } from './store';

const CHUNK = 5000;

interface Made {
  readonly type: string;
  readonly name: string;
  readonly parent: number | null;
  readonly startMs: number;
  readonly lastsMs: number;
}

async function send(daemon: Daemon, id: string, spans: readonly Made[]): Promise<string> {
  const began = Date.now() / 1000 - 3600;
  const idOf = (at: number) => (at + 1).toString(16).padStart(16, '0');
  const body = spans.map(({ type, name, parent, startMs, lastsMs }, at) => ({
    trace_id: id,
    span_id: idOf(at),
    parent_span_id: parent === null ? null : idOf(parent),
    span_type: type,
    name,
    start_time: began + startMs / 1000,
    end_time: began + (startMs + lastsMs) / 1000,
  }));
  for (let at = 0; at < body.length; at += CHUNK) await daemon.post('/ingest', body.slice(at, at + CHUNK));
  return id;
}

/** Steps of an agent, each a call of the model and of two tools. */
export function largeTrace(daemon: Daemon, count: number): Promise<string> {
  const spans: Made[] = [{ type: 'agent', name: 'worker', parent: null, startMs: 0, lastsMs: count * 10 }];
  while (spans.length < count) {
    const parent = spans.length;
    const startMs = parent * 10;
    spans.push({ type: 'chain', name: `step ${parent}`, parent: 0, startMs, lastsMs: 40 });
    spans.push({ type: 'llm', name: 'plan', parent, startMs, lastsMs: 20 });
    spans.push({ type: 'tool', name: `tool ${parent % 7}`, parent, startMs: startMs + 20, lastsMs: 10 });
    spans.push({ type: 'tool', name: `tool ${parent % 5}`, parent, startMs: startMs + 20, lastsMs: 20 });
  }
  return send(daemon, '0af7651916cd43dd8448eb2100050000', spans.slice(0, count));
}

/** An agent whose calls fork into tools side by side and join again, of different names so that none fold. */
export function graphTrace(daemon: Daemon, count: number): Promise<string> {
  const spans: Made[] = [{ type: 'agent', name: 'planner', parent: null, startMs: 0, lastsMs: count * 10 }];
  for (let at = 0; spans.length < count; at++) {
    const startMs = at * 30;
    spans.push({ type: 'llm', name: `think ${at}`, parent: 0, startMs, lastsMs: 10 });
    for (let side = 0; side < 3; side++)
      spans.push({ type: 'tool', name: `tool ${at}.${side}`, parent: 0, startMs: startMs + 10, lastsMs: 15 });
  }
  return send(daemon, '0af7651916cd43dd8448eb2100000500', spans.slice(0, count));
}
