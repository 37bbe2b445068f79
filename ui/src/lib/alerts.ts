/** GET /alerts: docs/alerts.md. */
import { useQuery, type UseQueryResult } from '@tanstack/react-query';
import { get } from './api';
import type { Cell } from './query';

export type AlertState = 'firing' | 'pending' | 'no_data' | 'ok';

/** Values of the fields that a rule looks at one by one. */
export type Group = Readonly<Record<string, Cell>>;

interface Condition {
  readonly filter: string;
  readonly aggregate: string;
  readonly unit: string | null;
  readonly comparison: 'above' | 'below';
  readonly threshold: number;
  readonly resolve: number;
}

interface Standing {
  readonly state: AlertState;
  readonly since: number | null;
  readonly value: number | null;
}

export interface Alert extends Condition, Standing {
  readonly name: string;
  /** Seconds, or since midnight or the first of the month. */
  readonly window: number | 'day' | 'month';
  readonly for: number;
  readonly every: number;
  readonly by: readonly string[];
  readonly webhooks: readonly string[];
  readonly yaml: string;
  readonly line: number;
  readonly evaluated_at: number | null;
  readonly error: string | null;
  /** The worst first. */
  readonly series: readonly (Standing & { readonly group: Group })[];
  readonly groups_left_out: number;
}

export interface AlertEvent extends Condition {
  readonly id: number;
  readonly rule: string;
  readonly group: Group;
  readonly from: AlertState;
  readonly to: AlertState;
  readonly time: number | null;
  readonly lasted: number;
  readonly value: number | null;
}

export interface Webhook {
  readonly name: string;
  readonly last_time: number | null;
  readonly last_status: number | null;
  readonly last_error: string | null;
  readonly failures: number;
}

export interface Alerts {
  readonly alerts: readonly Alert[];
  readonly total: number;
  readonly counts: Readonly<Record<AlertState, number>>;
  readonly history: readonly AlertEvent[];
  readonly webhooks: readonly Webhook[];
}

const REFRESH_MS = 10_000;

export function useAlerts(
  parameters: Readonly<Record<string, string | number | null>>,
): UseQueryResult<Alerts> {
  return useQuery({
    queryKey: ['alerts', parameters],
    queryFn: ({ signal }) => get<Alerts>('/alerts', parameters, signal),
    refetchInterval: REFRESH_MS,
  });
}

/** How many rules fire; 0 as long as nobody knows. */
export function useFiring(): number {
  return useAlerts({ limit: 1, history: 0 }).data?.counts.firing ?? 0;
}
