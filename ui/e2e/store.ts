/** A daemon of its own on a store that was made for the tests. */
import { execFileSync, spawn, type ChildProcess } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

export const build = join(import.meta.dirname, '../..', process.env['BUILD'] ?? 'build/release');
const UP_MS = 60_000;
/** When the calls of a prompt end: what the demo did last is newer. */
const CALLS_AGO_S = 3 * 3600;

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const address = server.address();
      server.close(() => {
        if (address && typeof address === 'object') resolve(address.port);
        else reject(new Error('no port'));
      });
    });
  });
}

async function answers(url: string): Promise<boolean> {
  try {
    return (await fetch(`${url}/health`)).ok;
  } catch {
    return false;
  }
}

export class Daemon {
  private constructor(
    readonly url: string,
    /** What lets one in; null: everyone is. */
    readonly secret: string | null,
    private readonly dir: string,
    private readonly store: string,
    private readonly process: ChildProcess,
  ) {}

  /** With the traces of the demo, or with none; for everyone, or for who has the token; with the rules of an
   * alerts.yaml; keeping traces for so long; or on a store that is there already. */
  static async start({
    empty = false,
    token = false,
    alerts = '',
    retain = '',
    there = '',
  } = {}): Promise<Daemon> {
    const dir = mkdtempSync(join(tmpdir(), 'oat-ui-'));
    const store = there || join(dir, 'store');
    const env = { ...process.env, OAT_DATA_DIR: store };
    if (!empty && !there) {
      execFileSync(join(build, 'examples/demo_data'), { env, stdio: 'ignore' });
      execFileSync(join(build, 'examples/agent'), ['--notes', join(dir, 'notes.sqlite')], {
        env,
        stdio: 'ignore',
      });
    }
    const rules = join(dir, 'alerts.yaml');
    if (alerts) writeFileSync(rules, alerts);
    const config = join(dir, 'oat-httpd.yaml');
    if (retain) writeFileSync(config, `projects:\n  default: {retain: ${retain}}\n`);
    const tokens = ['token', '--dir', store, 'add', '--name', 'tester', '--role', 'read'];
    const secret = token ? execFileSync(join(build, 'oat'), tokens, { encoding: 'utf8' }).trim() : null;
    const url = `http://127.0.0.1:${await freePort()}`;
    const otlp = `127.0.0.1:${await freePort()}`;
    const daemon = spawn(
      join(build, 'oat-httpd'),
      [
        '--dir',
        store,
        '--listen',
        url.slice('http://'.length),
        '--otlp-http',
        otlp,
        '--otlp-grpc',
        '127.0.0.1:0',
        ...(alerts ? ['--alerts', rules] : []),
        ...(retain ? ['--config', config] : []),
      ],
      { stdio: 'ignore' },
    );
    const until = Date.now() + UP_MS;
    while (!(await answers(url))) {
      if (Date.now() > until || daemon.exitCode !== null) throw new Error('the daemon does not come up');
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
    return new Daemon(url, secret, dir, store, daemon);
  }

  /** Rules of every state, as they stand on the traces of the demo. */
  static readonly rules = `alerts:
  dear-models:
    filter: type = llm
    aggregate: sum:cost
    by: model
    window: 1d
    above: 0.05
    every: 1s
  errors:
    aggregate: error_rate
    window: 1h
    above: 0.001
    for: 1d
    every: 1s
  slow-answers:
    filter: type = llm
    aggregate: p95:duration
    window: 1h
    above: 1h
    every: 1s
  moderation:
    filter: name = "moderation that never is"
    aggregate: p95:duration
    window: 1h
    above: 1s
    every: 1s
`;

  /** How many traces of the last day pass a filter. */
  async listed(q: string): Promise<number> {
    const answer = await fetch(`${this.url}/traces?limit=1&from=-24h&q=${encodeURIComponent(q)}`);
    return ((await answer.json()) as { total: number }).total;
  }

  /** Sends one span as OpenTelemetry would. */
  async send(span: {
    readonly traceId: string;
    readonly spanId: string;
    readonly name: string;
    readonly attributes: Readonly<Record<string, string>>;
  }): Promise<void> {
    const { attributes, ...rest } = span;
    const now = BigInt(Date.now()) * 1_000_000n;
    const answer = await fetch(`${this.url}/v1/traces`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({
        resourceSpans: [
          {
            scopeSpans: [
              {
                spans: [
                  {
                    ...rest,
                    kind: 1,
                    startTimeUnixNano: String(now - 5_000_000n),
                    endTimeUnixNano: String(now),
                    attributes: Object.entries(attributes).map(([key, value]) => ({
                      key,
                      value: { stringValue: value },
                    })),
                  },
                ],
              },
            ],
          },
        ],
      }),
    });
    if (!answer.ok) throw new Error(`the daemon refused a span: ${await answer.text()}`);
  }

  /** Posts JSON where the API takes it. */
  async post(path: string, body: unknown): Promise<void> {
    const answer = await fetch(this.url + path, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(body),
    });
    if (!answer.ok) throw new Error(`${path}: ${await answer.text()}`);
  }

  /** A prompt of two versions, and calls of both: those of the second cost half as much. */
  async usePrompt(name: string, calls: number): Promise<void> {
    await this.post(`/prompts/${name}`, {
      template: 'You help {{customer}} in many words, with every detail there is.',
      labels: ['production'],
    });
    await this.post(`/prompts/${name}`, {
      template: 'You help {{customer}} in few words.',
      model_settings: { model: 'gpt-4o-mini', temperature: 0.2 },
    });
    const now = Date.now() / 1000 - CALLS_AGO_S;
    const spans = Array.from({ length: calls * 2 }, (_, index) => {
      const version = (index % 2) + 1;
      const start = now - index * 60;
      return {
        trace_id: `${name}-${index}`,
        span_id: '1',
        name: `answer ${name}`,
        span_type: 'llm',
        model: 'gpt-4o-mini',
        start_time: start,
        end_time: start + (2 + (index % 7) / 10) / version,
        prompt_name: name,
        prompt_version: version,
        usage: {
          prompt_tokens: 900 + (index % 5) * 10,
          completion_tokens: 100,
          total_cost: (0.01 + (index % 3) / 1000) / version,
        },
        inputs: { messages: [{ role: 'user', content: `Where is order ${10_000 + index}?` }] },
        outputs: { role: 'assistant', content: 'It is on its way and arrives tomorrow.' },
      };
    });
    await this.post('/ingest', spans);
  }

  /** The id of the trace that passes a filter and has most spans. */
  async largest(q: string): Promise<string> {
    const answer = await fetch(`${this.url}/traces?sort=-spans&limit=1&q=${encodeURIComponent(q)}`);
    const [first] = ((await answer.json()) as { traces: { trace_id: string }[] }).traces;
    if (!first) throw new Error(`no trace passes ${q}`);
    return first.trace_id;
  }

  /** An agent that answers one question, each step of the model as slow as is said. */
  runAgent(delayMs: number): ChildProcess {
    return spawn(
      join(build, 'examples/agent'),
      ['--delay-ms', String(delayMs), '--notes', join(this.dir, 'notes.sqlite'), 'What is 6 times 7?'],
      { env: { ...process.env, OAT_DATA_DIR: this.store }, stdio: 'ignore' },
    );
  }

  async stop(): Promise<void> {
    const ended = new Promise((resolve) => this.process.once('exit', resolve));
    this.process.kill('SIGTERM');
    await ended;
    rmSync(this.dir, { recursive: true });
  }
}
