import { cost, count, duration, percent, plain, type Shown } from '../../lib/format';
import { Problem } from '../../parts/Problem';
import { Value } from '../../parts/Value';
import { useComparison, type ComparedMetric } from './queries';

const metrics: Readonly<
  Record<ComparedMetric['metric'], readonly [title: string, show: (value: number | null) => Shown]>
> = {
  cost: ['Cost a call', cost],
  tokens: ['Tokens a call', count],
  latency: ['Latency', duration],
  error_rate: ['Error rate', percent],
  score: ['Score', (value) => (value === null ? count(null) : { text: value.toFixed(3), unit: '' })],
};

/** The interval of a difference on a line whose middle is no difference. */
function Whisker({ metric }: { metric: ComparedMetric }) {
  const { difference, difference_low: low, difference_high: high } = metric;
  if (difference === null || low === null || high === null) return null;
  const reach = Math.max(Math.abs(low), Math.abs(high), 1e-12) * 1.1;
  const at = (value: number) => 50 + (value / reach) * 50;
  return (
    <svg className="interval" viewBox="0 0 100 16" preserveAspectRatio="none" aria-hidden="true">
      <line x1="50" y1="0" x2="50" y2="16" className="zero" />
      <line x1={at(low)} y1="8" x2={at(high)} y2="8" />
      <line x1={at(low)} y1="4" x2={at(low)} y2="12" />
      <line x1={at(high)} y1="4" x2={at(high)} y2="12" />
      <line x1={at(difference)} y1="3" x2={at(difference)} y2="13" className="mean" />
    </svg>
  );
}

function signed(value: number | null, show: (value: number) => Shown): string {
  if (value === null) return '—';
  const text = plain(show(Math.abs(value)));
  const sign = value < 0 ? '−' : '+';
  return text === plain(show(0)) ? text : sign + text;
}

function Verdict({ metric, least }: { metric: ComparedMetric; least: number }) {
  if (!metric.enough_data)
    return (
      <span className="faint" title={`${least} values on each side are needed`}>
        not enough data
      </span>
    );
  const p =
    metric.p_value === null ? '' : `p ${metric.p_value < 0.001 ? '< .001' : metric.p_value.toFixed(3)}`;
  return (
    <span title={metric.test} className={metric.significant ? 'strong' : 'dim'}>
      {metric.significant ? 'differs' : 'no difference found'} <span className="faint">{p}</span>
    </span>
  );
}

/** Two versions by what their calls came to, with the interval of each difference. */
export function Comparison({ name, a, b }: { name: string; a: number; b: number }) {
  const answer = useComparison(name, a, b);
  if (a === b) return <p className="none faint">Choose another version to compare with.</p>;
  if (answer.error) return <Problem error={answer.error} onRetry={() => void answer.refetch()} />;
  if (!answer.data) return <p className="none faint">comparing…</p>;
  const { confidence, least_count: least } = answer.data;
  return (
    <div className="scroll-x">
      <table className="grid ab">
        <thead>
          <tr>
            <th>Of 30 days</th>
            <th className="num">v{a}</th>
            <th className="num">v{b}</th>
            <th className="num">Difference</th>
            <th>{Math.round(confidence * 100)} % interval</th>
            <th className="num">Values</th>
            <th>Verdict</th>
          </tr>
        </thead>
        <tbody>
          {answer.data.metrics.map((metric) => {
            const [title, show] = metrics[metric.metric];
            return (
              <tr key={metric.metric}>
                <td>{title}</td>
                {([metric.a, metric.b] as const).map((side, index) => (
                  <td
                    key={index}
                    className="num"
                    title={
                      side.low === null ? undefined : `${plain(show(side.low))} to ${plain(show(side.high))}`
                    }
                  >
                    <Value shown={show(side.mean)} />
                  </td>
                ))}
                <td className="num">{signed(metric.difference, show)}</td>
                <td>
                  <Whisker metric={metric} />
                </td>
                <td className="num faint">
                  {metric.a.count.toLocaleString('en')} / {metric.b.count.toLocaleString('en')}
                </td>
                <td>
                  <Verdict metric={metric} least={least} />
                </td>
              </tr>
            );
          })}
        </tbody>
      </table>
      <p className="none faint">
        Means by Welch’s t-test, error rates by the two-proportion z-test. Five metrics are five tests: one in
        20 differs by chance.
      </p>
    </div>
  );
}
