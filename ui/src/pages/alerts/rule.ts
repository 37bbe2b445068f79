/** What a rule says, and where its values come from. */
import type { Alert, Group } from '../../lib/alerts';
import { plain } from '../../lib/format';
import { groupFilter, shownAs, type Query } from '../../lib/query';
import { lengthText, rangeText } from '../../lib/range';

const DAY_S = 86_400;
const MONTH_DAYS = 31;
const POINTS_LEAST = 12;
const POINTS_MOST = 96;

type Condition = Pick<Alert, 'aggregate' | 'unit'>;

/** Values of a rule: "sum:cost" in USD, "error_rate" in percent. */
export function showValue({ aggregate, unit }: Condition) {
  return shownAs({ name: aggregate, unit });
}

/** "p95:duration above 20 s in the last 1h" */
export function conditionText(alert: Alert): string {
  const { window, for: least } = alert;
  const when =
    window === 'day'
      ? 'since midnight UTC'
      : window === 'month'
        ? 'since the first of the month'
        : `in ${lengthText(window)}`;
  const long = least > 0 ? ` for ${lengthText(least)}` : '';
  const limit = plain(showValue(alert)(alert.threshold));
  return `${alert.aggregate} ${alert.comparison} ${limit} ${when}${long}`;
}

export function groupText(group: Group): string {
  return Object.values(group)
    .map((value) => String(value ?? '—'))
    .join(' · ');
}

/** The traces whose spans a rule looks at; those that failed, where it counts failures. */
export function tracesHref(alert: Alert, group: Group, now: number): string {
  const failed = alert.aggregate === 'error_rate' ? ([['status', 'error']] as const) : [];
  const filter = groupFilter(alert.filter, [...Object.entries(group), ...failed]);
  const range =
    typeof alert.window === 'number' ? `-${lengthText(alert.window)}` : rangeText(since(alert, now), now);
  return `/traces?range=${encodeURIComponent(range)}&q=${encodeURIComponent(filter)}`;
}

/** The midnight, or the first of the month, that a window begins with. */
function since({ window }: Alert, now: number): number {
  const today = new Date(now * 1000);
  const day = window === 'month' ? 1 : today.getUTCDate();
  return Date.UTC(today.getUTCFullYear(), today.getUTCMonth(), day) / 1000;
}

/** A point for each window, for a day at least; of a month, for each of its days. */
export function seriesQuery(alert: Alert): Query & { readonly every: string } {
  const { window } = alert;
  const step = typeof window === 'number' ? window : DAY_S;
  const points =
    window === 'month' ? MONTH_DAYS : Math.min(POINTS_MOST, Math.max(POINTS_LEAST, Math.ceil(DAY_S / step)));
  return {
    filter: alert.filter || null,
    from: `-${lengthText(step * points)}`,
    group_by: alert.by,
    every: lengthText(step),
    aggregates: [alert.aggregate],
  };
}
