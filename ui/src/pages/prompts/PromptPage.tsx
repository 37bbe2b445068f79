import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useEffect, useState, type FormEvent } from 'react';
import { Link } from 'wouter';
import { put } from '../../lib/api';
import { clocks, ago, cost } from '../../lib/format';
import { useNow } from '../../lib/useNow';
import { useUrlState } from '../../lib/urlState';
import { visible } from '../../lib/visible';
import { Copy } from '../../parts/Copy';
import { DiffText } from '../../parts/DiffText';
import { Icon } from '../../parts/Icon';
import type { Line } from '../../lib/lines';
import { LineChart } from '../../parts/LineChart';
import { Problem } from '../../parts/Problem';
import { Json } from '../trace/Json';
import { Comparison } from './Comparison';
import { callsFilter, useCostByDay, usePrompt, type Prompt, type PromptVersion } from './queries';
import { snippetsOf, templateText, tokensOf } from './template';
import './prompts.css';
import '../trace/content.css';

const tabs = [
  ['template', 'Template'],
  ['diff', 'Diff'],
  ['ab', 'A/B'],
  ['cost', 'Cost'],
  ['use', 'Use'],
] as const;

function Template({ prompt }: { prompt: Prompt }) {
  return (
    <div className="prompt-tab">
      <div className="template" dir="auto">
        {tokensOf(templateText(prompt.template)).map((token, index) =>
          'variable' in token ? (
            <span key={index} className="variable">
              {visible(token.variable)}
            </span>
          ) : (
            visible(token.text)
          ),
        )}
      </div>
      {prompt.model_settings && (
        <>
          <h3>Model settings</h3>
          <Json value={prompt.model_settings} />
        </>
      )}
    </div>
  );
}

function Diff({ name, before, prompt }: { name: string; before: number; prompt: Prompt }) {
  const other = usePrompt(name, before);
  if (other.error) return <Problem error={other.error} />;
  if (other.data?.version !== before) return <p className="none faint">loading…</p>;
  return (
    <div className="prompt-tab">
      <DiffText a={templateText(other.data.template)} b={templateText(prompt.template)} />
    </div>
  );
}

function CostOverTime({ name }: { name: string }) {
  const answer = useCostByDay(name);
  if (answer.error) return <Problem error={answer.error} onRetry={() => void answer.refetch()} />;
  const lines = new Map<string, { x: number; y: number | null }[]>();
  for (const [time, version, usd] of answer.data?.rows ?? []) {
    const title = `v${String(version ?? '?')}`;
    const points = lines.get(title) ?? [];
    points.push({ x: Number(time), y: usd as number | null });
    lines.set(title, points);
  }
  if (answer.isSuccess && lines.size === 0)
    return <p className="none faint">No call named this prompt in the last 30 days.</p>;
  const shown: Line[] = [...lines].map(([title, points]) => ({ title, points }));
  return (
    <div className="prompt-tab">
      <LineChart title="Mean cost of a call, by day" lines={shown} show={cost} />
    </div>
  );
}

function Use({ name, prompt }: { name: string; prompt: Prompt }) {
  return (
    <div className="prompt-tab">
      {snippetsOf(window.location.origin, name, prompt.variables).map(([language, code]) => (
        <section key={language} className="snippet">
          <h3>
            {language}
            <Copy text={code} label={`Copy ${language}`} />
          </h3>
          <pre tabIndex={0}>{code}</pre>
        </section>
      ))}
    </div>
  );
}

function NewLabel({ name, version }: { name: string; version: number }) {
  const client = useQueryClient();
  const [label, setLabel] = useState('');
  const send = useMutation({
    mutationFn: () =>
      put(`/prompts/${encodeURIComponent(name)}/labels/${encodeURIComponent(label.trim())}`, { version }),
    onSuccess: async () => {
      setLabel('');
      await client.invalidateQueries({ queryKey: ['prompt', name] });
    },
  });
  return (
    <form
      className="new-label"
      onSubmit={(event: FormEvent) => {
        event.preventDefault();
        send.mutate();
      }}
    >
      <input
        aria-label={`Label for version ${version}`}
        placeholder="label: production"
        required
        value={label}
        onChange={(event) => {
          setLabel(event.target.value);
        }}
      />
      <button className="button" disabled={send.isPending}>
        Label v{version}
      </button>
      {send.error && (
        <span className="failed" role="alert">
          {send.error.message}
        </span>
      )}
    </form>
  );
}

function Versions({
  versions,
  shown,
  against,
  onShow,
}: {
  versions: readonly PromptVersion[];
  shown: number;
  against: number;
  onShow: (version: number) => void;
}) {
  const now = useNow();
  return (
    <nav className="spine versions" aria-label="Versions">
      {versions.map((one) => (
        <button
          key={one.version}
          aria-current={one.version === shown}
          onClick={() => {
            onShow(one.version);
          }}
        >
          <b>v{one.version}</b>
          <span className="version-labels">
            {one.labels.map((label) => (
              <span key={label} className="chip">
                {label}
              </span>
            ))}
            {one.weight > 0 && <span className="chip">{one.weight} of the split</span>}
            {one.version === against && <span className="faint">compared</span>}
          </span>
          <span className="faint num" title={clocks(one.created_time)}>
            {ago(one.created_time, now)}
          </span>
        </button>
      ))}
    </nav>
  );
}

/** One prompt: its versions, what changed between two, and which of them did better. */
export default function PromptPage({ name }: { name: string }) {
  const [values, set] = useUrlState();
  const asked = Number(values.get('v')) || null;
  const prompt = usePrompt(name, asked);
  const tab = values.get('tab') ?? 'template';
  useEffect(() => {
    document.title = `${name} · OpenAgentTrace`;
  }, [name]);
  if (prompt.error) return <Problem error={prompt.error} onRetry={() => void prompt.refetch()} />;
  if (!prompt.data) return <div className="empty faint">loading…</div>;
  const { version, versions } = prompt.data;
  const numbers = versions.map((one) => one.version);
  const against =
    Number(values.get('vs')) ||
    (numbers.find((one) => one < version) ?? numbers.find((one) => one !== version) ?? version);
  return (
    <div className="page">
      <header className="trace-head">
        <Link href="/prompts" className="button plain icon" aria-label="To the prompts">
          <Icon name="left" />
        </Link>
        <h1 className="clip">{name}</h1>
        <span className="dim">v{version}</span>
        <span className="space" />
        <Link
          className="button"
          href={`/traces?range=all&q=${encodeURIComponent(callsFilter(name, version))}`}
        >
          Calls
        </Link>
        <Copy text={templateText(prompt.data.template)} label="Copy the template" words="Copy" />
      </header>
      <div className="prompt">
        <Versions
          versions={versions}
          shown={version}
          against={tab === 'diff' || tab === 'ab' ? against : 0}
          onShow={(one) => {
            set({ v: String(one) });
          }}
        />
        <section className="prompt-main">
          <div className="prompt-bar">
            <div className="tabs" role="tablist" aria-label="About the version">
              {tabs.map(([key, title]) => (
                <button
                  key={key}
                  role="tab"
                  aria-selected={tab === key}
                  onClick={() => {
                    set({ tab: key === 'template' ? null : key });
                  }}
                >
                  {title}
                </button>
              ))}
            </div>
            <span className="space" />
            {(tab === 'diff' || tab === 'ab') && numbers.length > 1 && (
              <label className="dim">
                against{' '}
                <select
                  className="button"
                  value={against}
                  onChange={(event) => {
                    set({ vs: event.target.value });
                  }}
                >
                  {numbers
                    .filter((one) => one !== version)
                    .map((one) => (
                      <option key={one} value={one}>
                        v{one}
                      </option>
                    ))}
                </select>
              </label>
            )}
            {tab === 'template' && <NewLabel name={name} version={version} />}
          </div>
          {tab === 'template' && <Template prompt={prompt.data} />}
          {tab === 'diff' && <Diff name={name} before={against} prompt={prompt.data} />}
          {tab === 'ab' && <Comparison name={name} a={against} b={version} />}
          {tab === 'cost' && <CostOverTime name={name} />}
          {tab === 'use' && <Use name={name} prompt={prompt.data} />}
        </section>
      </div>
    </div>
  );
}
