import { useQuery } from '@tanstack/react-query';
import { useMemo } from 'react';
import { Link, useLocation } from 'wouter';
import type { Alert } from '../../lib/alerts';
import { ago, moment } from '../../lib/format';
import { finished, linesOf } from '../../lib/lines';
import { runQuery } from '../../lib/query';
import { rangeText, secondsOf } from '../../lib/range';
import { useNow } from '../../lib/useNow';
import { Icon } from '../../parts/Icon';
import { LineChart } from '../../parts/LineChart';
import { Value } from '../../parts/Value';
import { AlertMark } from './AlertMark';
import { conditionText, groupText, seriesQuery, showValue, tracesHref } from './rule';

const FRESH_MS = 60_000;

function Chart({ alert }: { alert: Alert }) {
  const [, navigate] = useLocation();
  const query = seriesQuery(alert);
  const { data: answer, dataUpdatedAt } = useQuery({
    queryKey: ['alert series', query],
    queryFn: ({ signal }) => runQuery(query, signal),
    staleTime: FRESH_MS,
  });
  const step = secondsOf(query.every) ?? 0;
  const lines = useMemo(() => {
    const figure = answer?.columns.at(-1);
    return answer && figure
      ? finished(linesOf(answer, answer.columns.length - 1, figure), step, dataUpdatedAt / 1000)
      : [];
  }, [answer, dataUpdatedAt, step]);
  if (!answer) return <div className="chart" />;
  if (lines.length === 0) return <p className="none faint">No such span in this time.</p>;
  const open = (from: number, to: number) => {
    const range = encodeURIComponent(rangeText(from, to));
    navigate(`/traces?range=${range}&q=${encodeURIComponent(alert.filter)}`);
  };
  return (
    <LineChart
      title={`${alert.aggregate} each ${query.every}`}
      lines={lines}
      show={showValue(alert)}
      limit={alert.window === 'month' ? null : alert.threshold}
      fills
      onPoint={(x) => {
        open(x, x + step);
      }}
      onRange={open}
    />
  );
}

/** The groups that the rule looks at one by one. */
function Groups({ alert, now }: { alert: Alert; now: number }) {
  return (
    <table className="facts">
      <tbody>
        {alert.series.map((one) => (
          <tr key={JSON.stringify(one.group)}>
            <td>
              <AlertMark state={one.state} />
            </td>
            <td>
              <Link className="hover-link" href={tracesHref(alert, one.group, now)}>
                {groupText(one.group)}
              </Link>
            </td>
            <td className="num">
              {one.value === null ? '—' : <Value shown={showValue(alert)(one.value)} exact={one.value} />}
            </td>
          </tr>
        ))}
      </tbody>
      {alert.groups_left_out > 0 && (
        <caption>{alert.groups_left_out.toLocaleString('en')} others are further from the threshold.</caption>
      )}
    </table>
  );
}

function Body({ alert, now }: { alert: Alert; now: number }) {
  return (
    <div className="alert-body">
      <Chart alert={alert} />
      <div className="alert-facts">
        {alert.error && (
          <p className="failed" role="alert">
            {alert.error}
          </p>
        )}
        {alert.by.length > 0 && <Groups alert={alert} now={now} />}
        <h3>alerts.yaml, line {alert.line}</h3>
        <pre tabIndex={0}>{alert.yaml.trimEnd()}</pre>
        <Link className="button" href={tracesHref(alert, {}, now)}>
          Traces
        </Link>
      </div>
    </div>
  );
}

/** One rule: how it stands in a line; opened: how it came there. */
export function RuleCard({
  alert,
  open,
  onToggle,
}: {
  alert: Alert;
  open: boolean;
  onToggle: (open: boolean) => void;
}) {
  const now = useNow();
  return (
    <details
      className="alert card"
      open={open}
      onToggle={(event) => {
        if (event.currentTarget.open !== open) onToggle(event.currentTarget.open);
      }}
    >
      <summary>
        <AlertMark state={alert.state} />
        <span className="clip strong">{alert.name}</span>
        <span className="clip dim">
          {conditionText(alert)}
          {alert.filter && <span className="mono faint"> {alert.filter}</span>}
        </span>
        <span className="num alert-value">
          {alert.value === null ? '—' : <Value shown={showValue(alert)(alert.value)} exact={alert.value} />}
        </span>
        <span
          className="num faint alert-since"
          title={alert.since === null ? undefined : `since ${moment(alert.since)}`}
        >
          {alert.since === null ? '' : ago(alert.since, now)}
        </span>
        <Icon name="open" size={14} />
      </summary>
      {open && <Body alert={alert} now={now} />}
    </details>
  );
}
