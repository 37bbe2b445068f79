import type { LayoutRequest } from './dagLayout';
import { layered } from './layered';

self.onmessage = (event: MessageEvent<LayoutRequest>) => {
  const { nodes, edges, sizes } = event.data;
  self.postMessage(layered(nodes, edges, sizes));
};
