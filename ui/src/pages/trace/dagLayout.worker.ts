import dagre from '@dagrejs/dagre';
import type { LayoutRequest, Places } from './dagLayout';

/** Half of the time goes into edges that cross less; of more nodes nobody follows single edges. */
const ORDERED_NODES = 300;

self.onmessage = (event: MessageEvent<LayoutRequest>) => {
  const { nodes, edges, width, height } = event.data;
  const graph = new dagre.graphlib.Graph();
  graph.setGraph({ rankdir: 'LR', ranker: 'tight-tree', nodesep: 16, ranksep: 48 });
  graph.setDefaultEdgeLabel(() => ({}));
  for (let node = 0; node < nodes; node++) graph.setNode(String(node), { width, height });
  for (let at = 0; at < edges.length; at += 2) graph.setEdge(String(edges[at]), String(edges[at + 1]));
  dagre.layout(graph, { disableOptimalOrderHeuristic: nodes > ORDERED_NODES });
  const places: Places = new Float64Array(nodes * 2);
  for (let node = 0; node < nodes; node++) {
    const { x, y } = graph.node(String(node)) as { readonly x: number; readonly y: number };
    places[node * 2] = x - width / 2;
    places[node * 2 + 1] = y - height / 2;
  }
  self.postMessage(places);
};
