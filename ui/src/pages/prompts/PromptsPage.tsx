import { useEffect } from 'react';
import { Link } from 'wouter';
import { clocks, ago, cost, percent } from '../../lib/format';
import { useNow } from '../../lib/useNow';
import { Problem } from '../../parts/Problem';
import { Value } from '../../parts/Value';
import { usePrompts, usePromptUse, type PromptSummary } from './queries';
import './prompts.css';

interface Use {
  readonly calls: number;
  readonly cost: number | null;
  readonly errors: number | null;
}

function Row({ prompt, use, now }: { prompt: PromptSummary; use: Use | undefined; now: number }) {
  return (
    <tr>
      <td>
        <Link className="strong" href={`/prompts/${encodeURIComponent(prompt.name)}`}>
          {prompt.name}
        </Link>
      </td>
      <td className="num">v{prompt.latest_version}</td>
      <td>
        {Object.entries(prompt.labels).map(([label, version]) => (
          <span key={label} className="chip">
            {label} <span className="faint">v{version}</span>
          </span>
        ))}
      </td>
      <td className="num">{use ? use.calls.toLocaleString('en') : <span className="faint">0</span>}</td>
      <td className="num">
        <Value shown={cost(use?.cost)} exact={use?.cost} />
      </td>
      <td className={use?.errors ? 'num failed' : 'num'}>
        <Value shown={percent(use?.errors)} exact={use?.errors} />
      </td>
      <td className="num faint" title={clocks(prompt.updated_time)}>
        {ago(prompt.updated_time, now)}
      </td>
    </tr>
  );
}

/** All prompts, and what the calls that used them came to. */
export default function PromptsPage() {
  const list = usePrompts();
  const uses = usePromptUse();
  const now = useNow();
  useEffect(() => {
    document.title = 'Prompts · OpenAgentTrace';
  }, []);
  const prompts = list.data?.pages.flatMap((page) => page.prompts) ?? [];
  const byName = new Map(
    uses.data?.rows.map(([name, calls, usd, errors]) => [
      String(name),
      { calls: Number(calls), cost: usd as number | null, errors: errors as number | null },
    ]),
  );
  return (
    <div className="page">
      <header className="page-head">
        <h1>Prompts</h1>
      </header>
      {list.error && <Problem error={list.error} onRetry={() => void list.refetch()} />}
      {list.isSuccess && prompts.length === 0 ? (
        <div className="empty">
          <h2>No prompt yet</h2>
          <p>Write one, and calls that name it are counted here.</p>
          <pre>
            {`curl -s ${window.location.origin}/prompts/greet \\\n  -d '{"template": "Hello {{name}}", "labels": ["production"]}'`}
          </pre>
        </div>
      ) : (
        <div className="page-table">
          <table className="grid prompts">
            <thead>
              <tr>
                <th>Name</th>
                <th className="num">Latest</th>
                <th>Labels</th>
                <th className="num">Calls, 7 days</th>
                <th className="num">Cost a call</th>
                <th className="num">Errors</th>
                <th className="num">Changed</th>
              </tr>
            </thead>
            <tbody>
              {prompts.map((prompt) => (
                <Row key={prompt.name} prompt={prompt} use={byName.get(prompt.name)} now={now} />
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
