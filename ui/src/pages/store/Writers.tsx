import { ago, bytes, clocks } from '../../lib/format';
import { visible } from '../../lib/visible';
import type { Status } from '../../lib/types';
import { StatusMark } from '../../parts/StatusMark';
import { Value } from '../../parts/Value';
import type { Stats, Writer } from './stats';

/** Ended: also those that died. What they did not end is interrupted, and theirs alone. */
const marks: Readonly<Record<Writer['state'], Status | null>> = {
  alive: 'running',
  dead: null,
  unknown: 'unknown',
  lost_contact: 'lost_contact',
};

function Row({ writer, now }: { writer: Writer; now: number }) {
  const mark = marks[writer.state];
  return (
    <tr>
      <td className="clip writer" title={`writer ${writer.writer_id}`}>
        {writer.program === null ? <span className="faint">unnamed</span> : visible(writer.program)}
      </td>
      <td className="num">{writer.pid ?? '—'}</td>
      <td>{mark ? <StatusMark status={mark} /> : <span className="faint">ended</span>}</td>
      <td className="num faint" title={writer.start_time === null ? undefined : clocks(writer.start_time)}>
        {writer.start_time === null ? '—' : ago(writer.start_time, now)}
      </td>
      <td className="num">{writer.slots.toLocaleString('en')}</td>
      <td className="num">
        <Value shown={bytes(writer.bytes)} exact={writer.bytes} />
      </td>
    </tr>
  );
}

/** Who has hot files: those who write now, and those whose files wait to be compacted. */
export function Writers({ stats, now }: { stats: Stats; now: number }) {
  const { writers } = stats;
  const more = stats.writers_alive + stats.writers_dead + stats.writers_unknown - writers.length;
  return (
    <section className="card scroll-x">
      <h2>Writers</h2>
      {writers.length === 0 ? (
        <p className="none faint">All is compacted, and nobody writes.</p>
      ) : (
        <table className="grid">
          <thead>
            <tr>
              <th>Program</th>
              <th className="num">Process</th>
              <th>State</th>
              <th className="num">Since</th>
              <th className="num" title="Spans, events, links and scores that wait to be compacted">
                Records
              </th>
              <th className="num">On the disk</th>
            </tr>
          </thead>
          <tbody>
            {writers.map((writer) => (
              <Row key={writer.writer_id} writer={writer} now={now} />
            ))}
          </tbody>
        </table>
      )}
      {more > 0 && <p className="none faint">and {more.toLocaleString('en')} more that have ended</p>}
    </section>
  );
}
