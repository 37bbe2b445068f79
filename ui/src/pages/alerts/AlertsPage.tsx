import { useQueryClient } from '@tanstack/react-query';
import { useEffect, useState } from 'react';
import { useAlerts, type Alert, type AlertEvent, type Webhook } from '../../lib/alerts';
import { duration, moment } from '../../lib/format';
import { useLast } from '../../lib/useLast';
import { useLiveItems } from '../../lib/useLiveItems';
import { useUrlState } from '../../lib/urlState';
import { Copy } from '../../parts/Copy';
import { Problem } from '../../parts/Problem';
import { Value } from '../../parts/Value';
import { AlertMark, alertStates } from './AlertMark';
import { groupText, showValue } from './rule';
import { RuleCard } from './RuleCard';
import './alerts.css';

const RULES_MOST = 200;
const EVENTS_SHOWN = 100;

const EXAMPLE = `alerts:
  errors:
    aggregate: error_rate
    window: 15m
    above: 0.05
  dear-agents:
    filter: type = llm
    aggregate: sum:cost
    by: agent
    window: day
    above: 50
`;

/** No rule: what one looks like, and where it is written. */
function FirstRule() {
  return (
    <div className="empty">
      <h2>No rule is watched</h2>
      <p>
        Rules stand in <span className="mono">alerts.yaml</span> in the directory of the store; the daemon
        reads it when it changes.
      </p>
      <pre>{EXAMPLE}</pre>
      <Copy text={EXAMPLE} label="Copy the example" />
    </div>
  );
}

function History({ events }: { events: readonly AlertEvent[] }) {
  return (
    <section className="card">
      <h2>History</h2>
      {events.length === 0 ? (
        <p className="none faint">No rule has changed its state.</p>
      ) : (
        <div className="scroll-x">
          <table className="grid">
            <thead>
              <tr>
                <th>Time</th>
                <th>Rule</th>
                <th>From</th>
                <th>To</th>
                <th className="num">Value</th>
                <th className="num">Lasted</th>
              </tr>
            </thead>
            <tbody>
              {events.map((event) => (
                <tr key={event.id}>
                  <td className="num left">{event.time === null ? '—' : moment(event.time)}</td>
                  <td>
                    {event.rule} <span className="faint">{groupText(event.group)}</span>
                  </td>
                  <td>
                    <AlertMark state={event.from} />
                  </td>
                  <td>
                    <AlertMark state={event.to} />
                  </td>
                  <td className="num">
                    {event.value === null ? (
                      '—'
                    ) : (
                      <Value shown={showValue(event)(event.value)} exact={event.value} />
                    )}
                  </td>
                  <td className="num">
                    <Value shown={duration(event.lasted * 1000)} exact={`${event.lasted} s`} />
                  </td>
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      )}
    </section>
  );
}

function Webhooks({ webhooks }: { webhooks: readonly Webhook[] }) {
  if (webhooks.length === 0) return null;
  return (
    <section className="card">
      <h2>Webhooks</h2>
      <table className="grid">
        <thead>
          <tr>
            <th>Name</th>
            <th>Last told</th>
            <th className="num">Answer</th>
            <th className="num">Failures</th>
          </tr>
        </thead>
        <tbody>
          {webhooks.map((webhook) => (
            <tr key={webhook.name}>
              <td>{webhook.name}</td>
              <td className="dim">{webhook.last_time === null ? 'never' : moment(webhook.last_time)}</td>
              <td className={webhook.last_error ? 'num failed' : 'num'}>
                {webhook.last_error ?? webhook.last_status ?? '—'}
              </td>
              <td className={webhook.failures > 0 ? 'num failed' : 'num faint'}>{webhook.failures}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  );
}

/** The rules of alerts.yaml: which fire, since when, and what has happened. */
export default function AlertsPage() {
  const client = useQueryClient();
  const [values, set] = useUrlState();
  const state = values.get('state');
  const rule = values.get('rule');
  const alerts = useAlerts({ limit: RULES_MOST, history: EVENTS_SHOWN, state });
  const now = useLast(alerts.data);
  const [closed, setClosed] = useState<ReadonlySet<string>>(new Set());
  useLiveItems('', 'alert', () => void client.invalidateQueries({ queryKey: ['alerts'] }));
  useEffect(() => {
    document.title = 'Alerts · OpenAgentTrace';
  }, []);
  const isOpen = ({ name, state: standing }: Alert) =>
    name === rule || ((standing === 'firing' || standing === 'pending') && !closed.has(name));
  const toggle = (alert: Alert, open: boolean) => {
    if (open) {
      setClosed(new Set([...closed].filter((one) => one !== alert.name)));
      set({ rule: alert.name });
    } else {
      setClosed(new Set([...closed, alert.name]));
      if (rule === alert.name) set({ rule: null });
    }
  };
  const none = now && Object.values(now.counts).every((count) => count === 0);
  return (
    <div className="analytics">
      <header>
        <h1>Alerts</h1>
        <span className="space" />
        {now && !none && (
          <div className="alert-states" role="group" aria-label="State">
            {alertStates.map((one) => (
              <button
                key={one}
                className="button"
                aria-pressed={state === one}
                onClick={() => {
                  set({ state: state === one ? null : one });
                }}
              >
                <AlertMark state={one} />
                <span className="num">{now.counts[one]}</span>
              </button>
            ))}
          </div>
        )}
      </header>
      {alerts.error && <Problem error={alerts.error} onRetry={() => void alerts.refetch()} />}
      {none && <FirstRule />}
      {now && !none && (
        <>
          {now.alerts.map((alert) => (
            <RuleCard
              key={alert.name}
              alert={alert}
              open={isOpen(alert)}
              onToggle={(open) => {
                toggle(alert, open);
              }}
            />
          ))}
          {now.alerts.length === 0 && <p className="none faint">No rule is in this state.</p>}
          <div className="two">
            <History events={now.history} />
            <Webhooks webhooks={now.webhooks} />
          </div>
        </>
      )}
    </div>
  );
}
