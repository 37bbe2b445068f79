import { useEffect } from 'react';
import { Link } from 'wouter';
import { cost, duration, moment, plain } from '../../lib/format';
import { withDigits } from '../../lib/ids';
import { Icon } from '../../parts/Icon';
import { Problem } from '../../parts/Problem';
import { StatusMark } from '../../parts/StatusMark';
import { TokenFlow } from '../../parts/TokenFlow';
import { Value } from '../../parts/Value';
import { useSession, type Turn, type WholeSession } from './queries';
import './session.css';

const GAP_S = 300;

function Head({ session }: { session: WholeSession }) {
  return (
    <header className="trace-head">
      <Link href="/sessions" className="button plain icon" aria-label="To the sessions">
        <Icon name="left" />
      </Link>
      <h1 className="clip">{session.session_id}</h1>
      {session.user_id && <span className="dim">{session.user_id}</span>}
      <span>
        {session.trace_count} <span className="faint">traces</span>
      </span>
      <Value shown={duration(session.duration_ms)} exact={session.duration_ms} />
      <Value shown={cost(session.total_cost)} exact={session.total_cost} />
      <span className="num">
        <TokenFlow sent={session.prompt_tokens} received={session.completion_tokens} />
      </span>
    </header>
  );
}

function Exchange({ turn, before }: { turn: Turn; before: Turn | undefined }) {
  const { trace, root_span: root } = turn;
  const gap = before ? trace.start_time - (before.trace.end_time ?? before.trace.start_time) : 0;
  return (
    <>
      {gap > GAP_S && <p className="gap faint">{plain(duration(gap * 1000))} later</p>}
      <section className="turn">
        <header>
          <Link className="strong" href={`/traces/${withDigits(trace).trace_id}`}>
            {trace.name || trace.trace_id.slice(0, 8)}
          </Link>
          <StatusMark status={trace.status} />
          <Value shown={duration(trace.duration_ms)} exact={trace.duration_ms} />
          <Value shown={cost(trace.total_cost)} exact={trace.total_cost} />
          {trace.error_count > 0 && (
            <span className="failed">
              {trace.error_count} {trace.error_count === 1 ? 'error' : 'errors'}
            </span>
          )}
          <span className="faint num turn-time">{moment(trace.start_time)}</span>
        </header>
        {root?.input_preview && (
          <p className="said user" dir="auto">
            {root.input_preview}
          </p>
        )}
        {root?.output_preview && (
          <p className="said agent" dir="auto">
            {root.output_preview}
          </p>
        )}
      </section>
    </>
  );
}

/** The traces of one session, read as one conversation. */
export default function SessionPage({ id }: { id: string }) {
  const session = useSession(id);
  useEffect(() => {
    document.title = `${id} · OpenAgentTrace`;
  }, [id]);
  if (session.error) return <Problem error={session.error} onRetry={() => void session.refetch()} />;
  if (!session.data) return <div className="empty faint">loading…</div>;
  const { turns } = session.data;
  return (
    <div className="page">
      <Head session={session.data} />
      <div className="turns">
        {turns.map((turn, index) => (
          <Exchange key={turn.trace.trace_id} turn={turn} before={turns[index - 1]} />
        ))}
      </div>
    </div>
  );
}
