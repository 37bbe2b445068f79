import { keepPreviousData, useInfiniteQuery, useQuery } from '@tanstack/react-query';
import { get } from '../../lib/api';
import { runQuery } from '../../lib/query';

export interface PromptSummary {
  readonly name: string;
  readonly latest_version: number;
  readonly created_time: number;
  readonly updated_time: number;
  readonly labels: Readonly<Record<string, number>>;
  readonly split: Readonly<Record<string, number>>;
}

interface PromptList {
  readonly prompts: readonly PromptSummary[];
  readonly total: number;
  readonly next_cursor: string | null;
}

export interface PromptVersion {
  readonly version: number;
  readonly created_time: number;
  readonly labels: readonly string[];
  readonly weight: number;
}

export type Template = string | readonly unknown[];

export interface Prompt extends PromptVersion {
  readonly name: string;
  readonly template: Template;
  readonly variables: readonly string[];
  readonly model_settings: Readonly<Record<string, unknown>> | null;
  readonly versions: readonly PromptVersion[];
}

export interface ComparedSide {
  readonly count: number;
  readonly mean: number | null;
  readonly low: number | null;
  readonly high: number | null;
}

export interface ComparedMetric {
  readonly metric: 'cost' | 'tokens' | 'latency' | 'error_rate' | 'score';
  readonly a: ComparedSide;
  readonly b: ComparedSide;
  readonly difference: number | null;
  readonly difference_low: number | null;
  readonly difference_high: number | null;
  readonly test: string;
  readonly p_value: number | null;
  readonly enough_data: boolean;
  readonly significant: boolean;
}

export interface PromptComparison {
  readonly a: { readonly version: number; readonly calls: number };
  readonly b: { readonly version: number; readonly calls: number };
  readonly metrics: readonly ComparedMetric[];
  readonly confidence: number;
  readonly least_count: number;
}

const PAGE = 200;
const WINDOW = '30d';

function pathOf(name: string): string {
  return `/prompts/${encodeURIComponent(name)}`;
}

export function usePrompts() {
  return useInfiniteQuery({
    queryKey: ['prompts'],
    queryFn: ({ pageParam, signal }) =>
      get<PromptList>('/prompts', { limit: PAGE, cursor: pageParam }, signal),
    initialPageParam: null as string | null,
    getNextPageParam: (last) => last.next_cursor,
  });
}

/** version null: the newest. */
export function usePrompt(name: string, version: number | null) {
  return useQuery({
    queryKey: ['prompt', name, version],
    queryFn: ({ signal }) => get<Prompt>(pathOf(name), { version }, signal),
    placeholderData: keepPreviousData,
  });
}

export function useComparison(name: string, a: number, b: number) {
  return useQuery({
    queryKey: ['prompt comparison', name, a, b],
    queryFn: ({ signal }) =>
      get<PromptComparison>(`${pathOf(name)}/compare`, { a, b, window: WINDOW }, signal),
    enabled: a !== b,
  });
}

/** What the calls of the last week came to, by the name of their prompt. */
export function usePromptUse() {
  return useQuery({
    queryKey: ['prompt use'],
    queryFn: ({ signal }) =>
      runQuery(
        {
          filter: 'type = llm and prompt_name != null',
          from: '-7d',
          group_by: ['prompt_name'],
          aggregates: ['count', 'avg:cost', 'error_rate'],
          limit: 1000,
        },
        signal,
      ),
  });
}

function quoted(text: string): string {
  return `"${text.replace(/[\\"]/g, '\\$&')}"`;
}

/** A filter for the calls of a prompt, or of one of its versions. */
export function callsFilter(name: string, version?: number): string {
  const calls = `prompt_name = ${quoted(name)}`;
  return version === undefined ? calls : `${calls} and prompt_version = ${version}`;
}

/** Mean cost of a call for each version and day. */
export function useCostByDay(name: string) {
  return useQuery({
    queryKey: ['prompt costs', name],
    queryFn: ({ signal }) =>
      runQuery(
        {
          filter: `type = llm and ${callsFilter(name)}`,
          from: '-30d',
          every: '1d',
          group_by: ['prompt_version'],
          aggregates: ['avg:cost', 'count'],
        },
        signal,
      ),
  });
}
