import { lazy, Suspense, useEffect } from 'react';
import { Link } from 'wouter';
import { idOf, type Skeleton } from '../../lib/spans';
import { useNow } from '../../lib/useNow';
import { useUrlState } from '../../lib/urlState';
import { whenIdle } from '../../lib/whenIdle';
import { Problem } from '../../parts/Problem';
import { Breakdown } from './Breakdown';
import { FlameView } from './FlameView';
import { Inspector } from './Inspector';
import { LogView } from './LogView';
import { useSkeleton } from './queries';
import { TraceHead } from './TraceHead';
import { Toolbar, viewNames, type ViewName } from './Toolbar';
import { useTraceKeys } from './useTraceKeys';
import { useTraceView } from './useTraceView';
import { Waterfall } from './Waterfall';
import './trace.css';

// Heavy libraries come with the view that needs them.
const loadDagView = () => import('./DagView');
const DagView = lazy(loadDagView);
const ConversationView = lazy(() => import('../conversation/ConversationView'));

const TICK_MS = 250;

function Body({ skeleton, now, load }: { skeleton: Skeleton; now: number; load: (row: number) => void }) {
  const view = useTraceView(skeleton, now, load);
  const [values, setUrl] = useUrlState();
  const name = (values.get('view') ?? 'waterfall') as ViewName;
  useTraceKeys(view, () => {
    const at = viewNames.findIndex(([one]) => one === name);
    setUrl({ view: viewNames[(at + 1) % viewNames.length]![0] });
  });
  // While nobody waits for anything: the graph is a click away.
  useEffect(() => whenIdle(() => void loadDagView()), []);
  const { spans, selected } = view;
  const wide = name === 'conversation' || name === 'costs';
  return (
    <>
      <TraceHead view={view} />
      <Toolbar view={view} name={name} />
      <div className={wide ? 'trace-body wide' : 'trace-body'}>
        <Suspense fallback={<div className="empty faint">loading…</div>}>
          {name === 'dag' && <DagView view={view} />}
          {name === 'flame' && <FlameView view={view} />}
          {name === 'log' && <LogView view={view} />}
          {name === 'costs' && <Breakdown trace={view.trace} />}
          {name === 'conversation' && <ConversationView view={view} />}
          {name === 'waterfall' && <Waterfall view={view} />}
        </Suspense>
        {!wide && (
          <Inspector
            traceId={view.trace.trace_id}
            spanId={idOf(spans, selected)}
            type={spans.type[selected]!}
            name={spans.name[selected]!}
            status={spans.status[selected]!}
          />
        )}
      </div>
    </>
  );
}

export default function TracePage({ id }: { id: string }) {
  const skeleton = useSkeleton(id);
  const trace = skeleton.data?.trace;
  const running = trace?.status === 'running';
  const now = useNow(running ? TICK_MS : 10_000);
  useEffect(() => {
    if (trace) document.title = `${running ? '◐ ' : ''}${trace.name || id.slice(0, 8)} · OpenAgentTrace`;
  }, [trace, running, id]);
  if (skeleton.error && !skeleton.data)
    return (
      <>
        <Problem error={skeleton.error} onRetry={() => void skeleton.refetch()} />
        <div className="empty">
          <Link className="button" href="/traces">
            To the traces
          </Link>
        </div>
      </>
    );
  if (!skeleton.data || !trace) return <div className="empty faint">loading…</div>;
  return (
    <div className="trace">
      {skeleton.error && <Problem error={skeleton.error} onRetry={() => void skeleton.refetch()} />}
      <Body
        skeleton={skeleton.data}
        now={running ? (now - trace.start_time) * 1000 : (trace.duration_ms ?? 0)}
        load={(row) => void skeleton.load(row)}
      />
    </div>
  );
}
