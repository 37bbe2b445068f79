import { ago, bytes, clocks } from '../../lib/format';
import { visible } from '../../lib/visible';
import type { Status } from '../../lib/types';
import { StatusMark } from '../../parts/StatusMark';
import { counts, numbers, TableCard, type TableColumn } from '../../parts/TableCard';
import type { Stats, Writer } from './stats';

/** Ended: also those that died. What they did not end is interrupted, and theirs alone. */
const marks: Readonly<Record<Writer['state'], Status | null>> = {
  alive: 'running',
  dead: null,
  unknown: 'unknown',
  lost_contact: 'lost_contact',
};

const columns = (now: number): readonly TableColumn<Writer>[] => [
  {
    title: 'Program',
    className: 'clip',
    cell: ({ program, writer_id }) => (
      <span title={`writer ${writer_id}`}>
        {program === null ? <span className="faint">unnamed</span> : visible(program)}
      </span>
    ),
  },
  { title: 'Process', number: true, cell: ({ pid }) => pid ?? '—' },
  {
    title: 'State',
    cell: ({ state }) => {
      const mark = marks[state];
      return mark ? <StatusMark status={mark} /> : <span className="faint">ended</span>;
    },
  },
  {
    title: 'Since',
    number: true,
    cell: ({ start_time: start }) =>
      start === null ? (
        '—'
      ) : (
        <span className="faint" title={clocks(start)}>
          {ago(start, now)}
        </span>
      ),
  },
  {
    ...counts('Records', (writer: Writer) => writer.slots),
    hint: 'Spans, events, links and scores that wait to be compacted',
  },
  numbers('On the disk', (writer) => writer.bytes, bytes),
];

/** Who has hot files: those who write now, and those whose files wait to be compacted. */
export function Writers({ stats, now }: { stats: Stats; now: number }) {
  const { writers } = stats;
  const more = stats.writers_alive + stats.writers_dead + stats.writers_unknown - writers.length;
  return (
    <TableCard
      title="Writers"
      columns={columns(now)}
      rows={writers}
      keyOf={(writer) => writer.writer_id}
      empty="All is compacted, and nobody writes."
    >
      {more > 0 && <p className="none faint">and {more.toLocaleString('en')} more that have ended</p>}
    </TableCard>
  );
}
