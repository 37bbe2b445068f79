/** Lays graphs out in a worker, so that the page stays alive meanwhile. */
import layoutWorker from './dagLayout.worker?worker&url';
import { layered, type Places, type Sizes } from './layered';

export const NODE_PX = { width: 184, height: 44 } as const;
const SIZES_PX: Sizes = { ...NODE_PX, gapX: 48, gapY: 16 };

export interface LayoutRequest {
  readonly nodes: number;
  /** Pairs: from, to. */
  readonly edges: Uint32Array;
  readonly sizes: Sizes;
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
    signal.addEventListener('abort', () => {
      worker.terminate();
      reject(new DOMException('not wanted any more', 'AbortError'));
    });
    worker.onmessage = (event: MessageEvent<Places>) => {
      worker.terminate();
      resolve(event.data);
    };
    // A browser that starts no worker waits a moment instead.
    worker.onerror = () => {
      worker.terminate();
      resolve(layered(nodes, edges, SIZES_PX));
    };
    const request: LayoutRequest = { nodes, edges, sizes: SIZES_PX };
    worker.postMessage(request);
  });
}
