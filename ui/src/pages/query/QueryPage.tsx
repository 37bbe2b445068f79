import { keepPreviousData, useQuery } from '@tanstack/react-query';
import { useEffect, useMemo, useState, type FormEvent } from 'react';
import { Link } from 'wouter';
import { hourOf } from '../../lib/format';
import { linesOf } from '../../lib/lines';
import { rangeText, ranges, secondsOf } from '../../lib/range';
import {
  runQuery,
  shownAs,
  type Cell,
  type Query,
  type QueryAnswer,
  type QueryColumn,
} from '../../lib/query';
import { useUrlState } from '../../lib/urlState';
import { LineChart } from '../../parts/LineChart';
import { Problem } from '../../parts/Problem';
import { csvOf, firstForm, formFields, keyCount, queryOf, rowFilter, type QueryForm } from './queryForm';
import './query.css';

const ROWS_SHOWN = 500;

const titles: Readonly<Record<keyof QueryForm, readonly [label: string, example: string]>> = {
  filter: ['Filter', 'type = llm and status = error'],
  by: ['Group by', 'model, agent'],
  aggregates: ['Compute', 'count, sum:cost, p95:duration'],
  every: ['Every', '1h'],
  having: ['Only rows', 'count > 10'],
  sort: ['Sort', '-sum:cost'],
  range: ['Range', '-24h'],
};

function CellText({ column, cell }: { column: QueryColumn; cell: Cell }) {
  if (cell === null) return <span className="faint">—</span>;
  if (column.type === 'time') return <>{hourOf(Number(cell))}</>;
  if (typeof cell !== 'number') return <>{String(cell)}</>;
  const { text, unit } = shownAs(column)(cell);
  return (
    <span title={String(cell)}>
      {text} {unit}
    </span>
  );
}

/** The time and filter of a row, as a list of traces. */
function rowHref(
  form: QueryForm,
  query: Query,
  answer: QueryAnswer,
  row: readonly Cell[],
  every: number,
): string {
  const filter = rowFilter(form.filter, answer.columns, row, query);
  const at = answer.columns.findIndex((column) => column.type === 'time');
  const time = at >= 0 ? Number(row[at]) : null;
  const range = time === null ? form.range : rangeText(time, time + every);
  return `/traces?range=${encodeURIComponent(range)}&q=${encodeURIComponent(filter)}`;
}

function Table({ form, query, answer }: { form: QueryForm; query: Query; answer: QueryAnswer }) {
  const step = secondsOf(form.every) ?? 0;
  const keys = keyCount(answer.columns, query);
  return (
    <div className="scroll-x">
      <table className="grid">
        <thead>
          <tr>
            {answer.columns.map((column, at) => (
              <th key={column.name} className={at < keys ? '' : 'num'}>
                {column.name}
                {answer.approximate.includes(column.name) && (
                  <span className="faint" title="Within 1 %">
                    {' '}
                    ±1 %
                  </span>
                )}
              </th>
            ))}
            <th />
          </tr>
        </thead>
        <tbody>
          {answer.rows.slice(0, ROWS_SHOWN).map((row, index) => (
            <tr key={index}>
              {answer.columns.map((column, at) => (
                <td key={column.name} className={at < keys ? 'clip query-key' : 'num'}>
                  <CellText column={column} cell={row[at]!} />
                </td>
              ))}
              <td className="num">
                <Link className="link" href={rowHref(form, query, answer, row, step)}>
                  traces
                </Link>
              </td>
            </tr>
          ))}
        </tbody>
        <tfoot>
          <tr>
            {answer.columns.map((column, at) => (
              <td key={column.name} className={at < keys ? 'dim' : 'num strong'}>
                {at === 0 && keys > 0 ? 'all' : <CellText column={column} cell={answer.totals[at] ?? null} />}
              </td>
            ))}
            <td />
          </tr>
        </tfoot>
      </table>
    </div>
  );
}

function Chart({
  query,
  answer,
  onRange,
}: {
  query: Query;
  answer: QueryAnswer;
  onRange: (range: string) => void;
}) {
  const keys = keyCount(answer.columns, query);
  const figures = useMemo(() => answer.columns.slice(keys), [answer, keys]);
  const [chosen, setChosen] = useState(0);
  const figure = figures[Math.min(chosen, figures.length - 1)];
  const lines = useMemo(() => (figure ? linesOf(answer, keys, figure) : []), [answer, keys, figure]);
  if (!figure || lines.length === 0) return null;
  return (
    <section className="card">
      {figures.length > 1 && (
        <div className="segments query-figures" role="group" aria-label="Figure">
          {figures.map((one, index) => (
            <button
              key={one.name}
              aria-pressed={one === figure}
              onClick={() => {
                setChosen(index);
              }}
            >
              {one.name}
            </button>
          ))}
        </div>
      )}
      <LineChart
        title={figure.name}
        lines={lines}
        show={shownAs(figure)}
        onRange={(from, to) => {
          onRange(rangeText(from, to));
        }}
      />
    </section>
  );
}

/** Saves a text as a file. */
function save(name: string, text: string): void {
  const url = URL.createObjectURL(new Blob([text], { type: 'text/csv' }));
  const link = document.createElement('a');
  link.href = url;
  link.download = name;
  link.click();
  URL.revokeObjectURL(url);
}

/** Any question: which spans, by what, what is computed; a table, a chart, and the traces behind a row. */
export default function QueryPage() {
  const [values, set] = useUrlState();
  const form = useMemo(
    () =>
      Object.fromEntries(
        formFields.map((field) => [field, values.get(field) ?? firstForm[field]]),
      ) as unknown as QueryForm,
    // The address is the state: it is read anew when its text changes.
    // eslint-disable-next-line react-hooks/exhaustive-deps
    [values.toString()],
  );
  const [draft, setDraft] = useState(form);
  useEffect(() => {
    setDraft(form);
  }, [form]);
  useEffect(() => {
    document.title = 'Query · OpenAgentTrace';
  }, []);
  const query = useMemo(() => queryOf(form), [form]);
  const answer = useQuery({
    queryKey: ['query', query],
    queryFn: ({ signal }) => runQuery(query, signal),
    placeholderData: keepPreviousData,
  });
  return (
    <div className="analytics">
      <header>
        <h1>Query</h1>
        <Link className="button" href="/analytics">
          Overview
        </Link>
      </header>
      <form
        className="query-form card"
        onSubmit={(event: FormEvent) => {
          event.preventDefault();
          set({ ...draft }, 'push');
        }}
      >
        {formFields.map((field) => (
          <label key={field} className={`field query-${field}`}>
            {titles[field][0]}
            <input
              className="mono"
              list={field === 'range' ? 'query-ranges' : undefined}
              placeholder={titles[field][1]}
              spellCheck={false}
              value={draft[field]}
              onChange={(event) => {
                setDraft({ ...draft, [field]: event.target.value });
              }}
            />
          </label>
        ))}
        <datalist id="query-ranges">
          {ranges.map(([value, label]) => (
            <option key={value} value={value}>
              {label}
            </option>
          ))}
        </datalist>
        <button className="button accent">Run</button>
      </form>
      {answer.error && <Problem error={answer.error} onRetry={() => void answer.refetch()} />}
      {answer.data && (
        <>
          <Chart
            query={query}
            answer={answer.data}
            onRange={(range) => {
              set({ ...form, range }, 'push');
            }}
          />
          <section className="card">
            <header className="card-head">
              <h2>
                {answer.data.groups.toLocaleString('en')} {answer.data.groups === 1 ? 'row' : 'rows'}{' '}
                <span className="faint">of {answer.data.spans.toLocaleString('en')} spans</span>
              </h2>
              <details className="query-json">
                <summary>As JSON</summary>
                <pre tabIndex={0}>{JSON.stringify(query, (_, value: unknown) => value ?? undefined, 2)}</pre>
              </details>
              <button
                className="button"
                onClick={() => {
                  save('query.csv', csvOf(answer.data));
                }}
              >
                CSV
              </button>
            </header>
            <Table form={form} query={query} answer={answer.data} />
            {answer.data.rows.length > ROWS_SHOWN && (
              <p className="none faint">The first {ROWS_SHOWN} rows are shown; the CSV has all.</p>
            )}
          </section>
        </>
      )}
    </div>
  );
}
