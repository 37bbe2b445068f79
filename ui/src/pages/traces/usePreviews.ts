import { useQuery, useQueryClient } from '@tanstack/react-query';
import { get } from '../../lib/api';
import type { Trace } from '../../lib/types';

/** What was asked of a trace, and what came out, in its first words. */
export interface Preview {
  readonly input_preview: string | null;
  readonly output_preview: string | null;
}

interface Previews {
  readonly traces: readonly (Preview & { readonly trace_id: string })[];
}

/** The daemon gives no more at once. */
const TRACES_MAX = 100;

/** A trace that runs has other words when it has ended. */
function keyOf({ trace_id, status }: Trace): readonly string[] {
  return ['preview', trace_id, status];
}

/** The previews that are known, and are asked for of the traces given. */
export function usePreviews(asked: readonly Trace[]): (trace: Trace) => Preview | undefined {
  const client = useQueryClient();
  const known = (trace: Trace) => client.getQueryData<Preview>(keyOf(trace));
  const wanted = asked.filter((trace) => !known(trace)).slice(0, TRACES_MAX);
  useQuery({
    queryKey: ['previews', ...wanted.map((trace) => keyOf(trace).join())],
    enabled: wanted.length > 0,
    staleTime: Infinity,
    queryFn: async ({ signal }) => {
      const ids = wanted.map((trace) => trace.trace_id);
      const answer = await get<Previews>('/traces/previews', { ids: ids.join() }, signal);
      answer.traces.forEach((preview, place) => {
        client.setQueryData(keyOf(wanted[place]!), preview);
      });
      return answer.traces.length;
    },
  });
  return known;
}
