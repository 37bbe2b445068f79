import { useQuery } from '@tanstack/react-query';
import { useEffect } from 'react';
import { get } from '../../lib/api';
import { bytes, count, duration, plain, type Shown } from '../../lib/format';
import { Copy } from '../../parts/Copy';
import { Problem } from '../../parts/Problem';
import { Value } from '../../parts/Value';
import type { Histogram } from '../traces/queries';
import { BytesByDay, Days } from './Days';
import type { Stats } from './stats';
import { Writers } from './Writers';
import './store.css';

const REFRESH_MS = 10_000;

function Figure({ title, shown, note }: { title: string; shown: Shown; note?: string }) {
  return (
    <div className="figure">
      <h2>{title}</h2>
      <p>
        <Value shown={shown} />
      </p>
      <span className="faint">{note}</span>
    </div>
  );
}

/** Bytes on the disk by what they are for. */
function Disk({ stats }: { stats: Stats }) {
  const kinds = [
    ['Payloads', stats.stored_payload_bytes, 'series-1'],
    ['Spans', stats.span_bytes, 'series-3'],
    ['Text index', stats.text_index_bytes, 'series-5'],
  ] as const;
  const all = Math.max(
    1,
    kinds.reduce((sum, [, size]) => sum + size, 0),
  );
  return (
    <section className="card">
      <h2>On the disk</h2>
      <div className="disk" aria-hidden="true">
        {kinds.map(([name, size, color]) => (
          <i key={name} style={{ width: `${(size / all) * 100}%`, background: `var(--${color})` }} />
        ))}
      </div>
      <table className="grid">
        <tbody>
          {kinds.map(([name, size, color]) => (
            <tr key={name}>
              <td>
                <i className="swatch" style={{ background: `var(--${color})` }} />
                {name}
              </td>
              <td className="num">
                <Value shown={bytes(size)} exact={size} />
              </td>
            </tr>
          ))}
          <tr>
            <td>As the agents wrote the payloads</td>
            <td className="num">
              <Value shown={bytes(stats.raw_payload_bytes)} exact={stats.raw_payload_bytes} />
            </td>
          </tr>
          {stats.unique_payload_bytes > 0 && (
            <tr>
              <td>of it different</td>
              <td className="num">
                <Value shown={bytes(stats.unique_payload_bytes)} exact={stats.unique_payload_bytes} />
              </td>
            </tr>
          )}
          <tr>
            <td>A span, all told</td>
            <td className="num">
              <Value shown={bytes(stats.bytes_per_span)} exact={stats.bytes_per_span} />
            </td>
          </tr>
        </tbody>
      </table>
    </section>
  );
}

function Files({ stats }: { stats: Stats }) {
  const rows = [
    ['Files', stats.files],
    ['Compacted parts', stats.parts],
    ['Replacements of files', stats.replacements],
    ['Events', stats.events],
    ['Links', stats.links],
    ['Scores', stats.scores],
  ] as const;
  return (
    <section className="card">
      <h2>Files</h2>
      <table className="grid">
        <tbody>
          {rows.map(([name, value]) => (
            <tr key={name}>
              <td>{name}</td>
              <td className="num">{value.toLocaleString('en')}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  );
}

const commands = [
  ['oat-compact DIR', 'packs what has ended, drops what is past its time'],
  ['oat verify --dir DIR', 'reads every byte and checks it'],
  ['oat stat --dir DIR', 'these figures in a terminal'],
] as const;

/** How long traces stay, and how many. */
function Retention({ stats }: { stats: Stats }) {
  const { retain_s: age, retain_bytes: size } = stats;
  if (age === null && size === null)
    return <Figure title="Kept" shown={{ text: 'all', unit: '' }} note="retain in oat-httpd.yaml" />;
  const most = size === null ? '' : `at most ${plain(bytes(size))}`;
  return age === null ? (
    <Figure title="Kept" shown={bytes(size)} note="the oldest days go first" />
  ) : (
    <Figure title="Kept" shown={duration(age * 1000)} note={most} />
  );
}

/** What the store holds, what it takes, and who writes. */
export default function StorePage() {
  const stats = useQuery({
    queryKey: ['stats'],
    queryFn: ({ signal }) => get<Stats>('/stats', {}, signal),
    refetchInterval: REFRESH_MS,
  });
  const histogram = useQuery({
    queryKey: ['days'],
    queryFn: ({ signal }) => get<Histogram>('/traces/histogram', { buckets: 1000 }, signal),
    refetchInterval: REFRESH_MS,
  });
  useEffect(() => {
    document.title = 'Store · OpenAgentTrace';
  }, []);
  const now = stats.data;
  return (
    <div className="analytics">
      <header>
        <h1>Store</h1>
      </header>
      {stats.error && <Problem error={stats.error} onRetry={() => void stats.refetch()} />}
      {now && (
        <>
          <div className="figures card">
            <Figure title="Traces" shown={count(now.traces)} />
            <Figure title="Spans" shown={count(now.spans)} note={`${now.open_spans} running`} />
            <Figure
              title="On the disk"
              shown={bytes(now.stored_payload_bytes + now.span_bytes + now.text_index_bytes)}
            />
            <Figure
              title="Payloads stored once"
              shown={{
                text: (now.raw_payload_bytes / Math.max(1, now.stored_payload_bytes)).toFixed(1),
                unit: '×',
              }}
              note={`${plain(bytes(now.raw_payload_bytes))} in ${plain(bytes(now.stored_payload_bytes))}`}
            />
            <Figure
              title="Writers alive"
              shown={count(now.writers_alive)}
              note={`${now.writers_dead} that ended`}
            />
            <Retention stats={now} />
          </div>
          <BytesByDay stats={now} now={stats.dataUpdatedAt / 1000} />
          <div className="two">
            <div className="stack">
              <Disk stats={now} />
              <Days stats={now} histogram={histogram.data} />
            </div>
            <div className="stack">
              <Writers stats={now} now={stats.dataUpdatedAt / 1000} />
              <Files stats={now} />
              <section className="card">
                <h2>Commands</h2>
                <table className="grid">
                  <tbody>
                    {commands.map(([command, what]) => (
                      <tr key={command}>
                        <td className="mono">{command}</td>
                        <td className="dim">{what}</td>
                        <td className="num">
                          <Copy text={command} label={`Copy ${command}`} />
                        </td>
                      </tr>
                    ))}
                  </tbody>
                </table>
              </section>
            </div>
          </div>
        </>
      )}
    </div>
  );
}
