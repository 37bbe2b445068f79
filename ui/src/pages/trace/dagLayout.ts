/** Where the nodes of a graph go: dagre in a worker, and columns of our own when that takes too long. */
import layoutWorker from './dagLayout.worker?worker&url';

export const NODE_PX = { width: 184, height: 44 } as const;
const GAP_PX = { x: 48, y: 16 } as const;
const DEADLINE_MS = 2000;

export interface LayoutRequest {
  readonly nodes: number;
  /** Pairs: from, to. */
  readonly edges: Uint32Array;
  readonly width: number;
  readonly height: number;
}

/** Pairs: left, top. */
export type Places = Float64Array;

/** Columns by the longest way to a node, in the order that the nodes have. */
export function columns(nodes: number, edges: Uint32Array): Places {
  const into = new Uint32Array(nodes);
  const out: number[][] = Array.from({ length: nodes }, () => []);
  for (let at = 0; at < edges.length; at += 2) {
    out[edges[at]!]!.push(edges[at + 1]!);
    into[edges[at + 1]!]!++;
  }
  const rank = new Uint32Array(nodes);
  const ready = Array.from(into.keys()).filter((node) => into[node] === 0);
  for (let node = ready.pop(); node !== undefined; node = ready.pop())
    for (const next of out[node]!) {
      rank[next] = Math.max(rank[next]!, rank[node]! + 1);
      if (--into[next]! === 0) ready.push(next);
    }
  const filled = new Map<number, number>();
  const places = new Float64Array(nodes * 2);
  for (let node = 0; node < nodes; node++) {
    const line = filled.get(rank[node]!) ?? 0;
    filled.set(rank[node]!, line + 1);
    places[node * 2] = rank[node]! * (NODE_PX.width + GAP_PX.x);
    places[node * 2 + 1] = line * (NODE_PX.height + GAP_PX.y);
  }
  return places;
}

/** The page's policy lets no text become the address of a script, but one of the build's own files. */
interface ScriptPolicy {
  createScriptURL(url: string): URL;
}
declare global {
  interface Window {
    trustedTypes?: {
      createPolicy(name: string, rules: { createScriptURL: (url: string) => string }): ScriptPolicy;
    };
  }
}

let policy: ScriptPolicy | null = null;

function workerAddress(): string | URL {
  policy ??= window.trustedTypes?.createPolicy('oat-worker', { createScriptURL: () => layoutWorker }) ?? null;
  return policy?.createScriptURL(layoutWorker) ?? layoutWorker;
}

/** Abort it when its answer is no longer wanted: the work ends with it. */
export function layout(nodes: number, edges: Uint32Array, signal: AbortSignal): Promise<Places> {
  return new Promise((resolve, reject) => {
    const worker = new Worker(workerAddress(), { type: 'module' });
    const end = () => {
      clearTimeout(timer);
      worker.terminate();
    };
    const fallBack = () => {
      end();
      resolve(columns(nodes, edges));
    };
    const timer = setTimeout(fallBack, DEADLINE_MS);
    signal.addEventListener('abort', () => {
      end();
      reject(new DOMException('not wanted any more', 'AbortError'));
    });
    worker.onmessage = (event: MessageEvent<Places>) => {
      end();
      resolve(event.data);
    };
    worker.onerror = fallBack;
    const request: LayoutRequest = { nodes, edges, ...NODE_PX };
    worker.postMessage(request);
  });
}
