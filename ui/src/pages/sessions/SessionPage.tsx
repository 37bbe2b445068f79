import { lazy, Suspense, useCallback, useEffect, useRef, type RefObject } from 'react';
import { Link } from 'wouter';
import { cost, duration, moment, plain } from '../../lib/format';
import { withDigits } from '../../lib/ids';
import { previewWords } from '../../lib/previewWords';
import { useKeys } from '../../lib/useKeys';
import { useStepping } from '../../lib/useStepping';
import { useUrlState } from '../../lib/urlState';
import { Icon } from '../../parts/Icon';
import { PlayButton } from '../../parts/PlayButton';
import { Problem } from '../../parts/Problem';
import { StatusMark } from '../../parts/StatusMark';
import { Toggle } from '../../parts/Toggle';
import { Value } from '../../parts/Value';
import { useSession, type Turn, type WholeSession } from './queries';
import { Spine } from './Spine';
import { Totals } from './Totals';
import './session.css';

const Work = lazy(() => import('./Work'));

const GAP_S = 300;
/** Time to read what was said. */
const PLAY_MS = 1500;

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
    </header>
  );
}

function Exchange({
  turn,
  before,
  work,
  place,
}: {
  turn: Turn;
  before: Turn | undefined;
  /** Also what was done between question and answer. */
  work: boolean;
  /** null: it is not the one that is looked at. */
  place: RefObject<HTMLElement> | null;
}) {
  const { trace, root_span: root } = turn;
  const gap = before ? trace.start_time - (before.trace.end_time ?? before.trace.start_time) : 0;
  return (
    <>
      {gap > GAP_S && <p className="gap faint">{plain(duration(gap * 1000))} later</p>}
      <section className={place ? 'turn current' : 'turn'} ref={place}>
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
            {previewWords(root.input_preview)}
          </p>
        )}
        {work && (
          <Suspense fallback={<p className="faint">loading…</p>}>
            <Work trace={withDigits(trace)} />
          </Suspense>
        )}
        {root?.output_preview && (
          <p className="said agent" dir="auto">
            {previewWords(root.output_preview)}
          </p>
        )}
      </section>
    </>
  );
}

/** The turn that the address names is brought into view when it changes. */
function useTurn(turns: readonly Turn[]) {
  const [values, set] = useUrlState();
  const asked = Number(values.get('turn') ?? 0) - 1;
  const current = Math.min(turns.length - 1, Math.max(-1, Number.isInteger(asked) ? asked : -1));
  const go = useCallback(
    (at: number) => {
      set({ turn: String(at + 1) });
    },
    [set],
  );
  const place = useRef<HTMLElement>(null);
  useEffect(() => {
    place.current?.scrollIntoView({ block: 'nearest' });
  }, [current]);
  return { current, go, place };
}

function Turns({ session }: { session: WholeSession }) {
  const { turns } = session;
  const { current, go, place } = useTurn(turns);
  const [values] = useUrlState();
  const { playing, toggle, step } = useStepping(current, turns.length, go, PLAY_MS);
  useKeys({
    n: () => {
      step(1);
    },
    p: () => {
      step(-1);
    },
  });
  // What is played has not been said yet.
  const said = playing ? turns.slice(0, current + 1) : turns;
  return (
    <>
      <div className="view-bar">
        <PlayButton playing={playing} onToggle={toggle} />
        <span className="num" role="status">
          {current >= 0 ? `turn ${current + 1} of ${turns.length}` : `${turns.length} turns`}
        </span>
        <span className="space" />
        <Toggle
          name="work"
          label="Show work"
          title="What the agents did between question and answer: all messages and calls of tools"
          initially={false}
        />
      </div>
      <div className="session-body">
        <Spine turns={turns} current={current} onTurn={go} />
        <div className="turns">
          {said.map((turn, at) => (
            <Exchange
              key={turn.trace.trace_id}
              turn={turn}
              before={turns[at - 1]}
              work={values.get('work') === '1'}
              place={at === current ? place : null}
            />
          ))}
        </div>
        <Totals session={session} turns={turns} />
      </div>
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
  return (
    <div className="page">
      <Head session={session.data} />
      <Turns session={session.data} />
    </div>
  );
}
