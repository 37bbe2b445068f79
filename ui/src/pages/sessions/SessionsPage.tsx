import { useCallback, useEffect } from 'react';
import { Link } from 'wouter';
import { clocks, ago, cost, duration } from '../../lib/format';
import { useLast } from '../../lib/useLast';
import { useNow } from '../../lib/useNow';
import { useUrlState } from '../../lib/urlState';
import { FilterBox } from '../../parts/FilterBox';
import { Problem } from '../../parts/Problem';
import { SortHead } from '../../parts/SortHead';
import { TokenFlow } from '../../parts/TokenFlow';
import { Value } from '../../parts/Value';
import { useSessions, type Session } from './queries';
import './session.css';

const columns = [
  { title: 'Last seen', sort: 'start' },
  { title: 'Session' },
  { title: 'User' },
  { title: 'Traces', number: true },
  { title: 'Failed', number: true },
  { title: 'Duration', sort: 'duration', number: true },
  { title: 'Tokens', sort: 'tokens', number: true },
  { title: 'Cost', sort: 'cost', number: true },
  { title: 'Errors', sort: 'errors', number: true },
] as const;

function Row({ session, now }: { session: Session; now: number }) {
  return (
    <tr>
      <td className="faint num left" title={clocks(session.last_seen)}>
        {ago(session.last_seen, now)}
      </td>
      <td>
        <Link className="strong" href={`/sessions/${encodeURIComponent(session.session_id)}`}>
          {session.session_id}
        </Link>
        {session.running_count > 0 && <span className="status running"> running</span>}
      </td>
      <td className="dim">{session.user_id}</td>
      <td className="num">{session.trace_count.toLocaleString('en')}</td>
      <td className={session.failed_count > 0 ? 'num failed' : 'num faint'}>{session.failed_count}</td>
      <td className="num">
        <Value shown={duration(session.duration_ms)} exact={session.duration_ms} />
      </td>
      <td className="num">
        <TokenFlow sent={session.prompt_tokens} received={session.completion_tokens} />
      </td>
      <td className="num">
        <Value shown={cost(session.total_cost)} exact={session.total_cost} />
      </td>
      <td className={session.error_count > 0 ? 'num failed' : 'num faint'}>{session.error_count}</td>
    </tr>
  );
}

/** Conversations of users: the traces that name the same session. */
export default function SessionsPage() {
  const [values, set] = useUrlState();
  const q = values.get('q') ?? '';
  const sort = values.get('sort') ?? '-start';
  const list = useSessions(q, sort);
  const shown = useLast(list.data);
  const sessions = shown?.pages.flatMap((page) => page.sessions) ?? [];
  const now = useNow();
  const setQ = useCallback(
    (text: string) => {
      set({ q: text });
    },
    [set],
  );
  useEffect(() => {
    document.title = 'Sessions · OpenAgentTrace';
  }, []);
  const badFilter = list.error !== null && 'status' in list.error && list.error.status === 400;
  return (
    <div className="page">
      <h1 className="hidden-text">Sessions</h1>
      <header className="page-bar">
        <FilterBox q={q} error={list.error} onChange={setQ} />
      </header>
      {list.error && !badFilter && <Problem error={list.error} onRetry={() => void list.refetch()} />}
      {list.isSuccess && sessions.length === 0 ? (
        <div className="empty">
          <h2>No session passes</h2>
          <p>A session is made of traces that name the same one: set session_id on the root span.</p>
        </div>
      ) : (
        <div className="page-table">
          <table className="grid sessions">
            <thead>
              <tr>
                {columns.map((column) => (
                  <SortHead
                    key={column.title}
                    column={column}
                    sort={sort}
                    onSort={(next) => {
                      set({ sort: next });
                    }}
                  />
                ))}
              </tr>
            </thead>
            <tbody>
              {sessions.map((session) => (
                <Row key={session.session_id} session={session} now={now} />
              ))}
            </tbody>
          </table>
          {list.hasNextPage && (
            <button className="button more" onClick={() => void list.fetchNextPage()}>
              More
            </button>
          )}
        </div>
      )}
    </div>
  );
}
