import {
  Background,
  Controls,
  Handle,
  MarkerType,
  MiniMap,
  Position,
  ReactFlow,
  type Edge,
  type Node,
  type NodeProps,
} from '@xyflow/react';
import '@xyflow/react/dist/base.css';
import { useQuery } from '@tanstack/react-query';
import { memo, useMemo, useRef } from 'react';
import { get } from '../../lib/api';
import { cost, duration, plain } from '../../lib/format';
import { withDigits } from '../../lib/ids';
import { rowOf } from '../../lib/spans';
import type { SpanType, WholeTrace } from '../../lib/types';
import { Icon } from '../../parts/Icon';
import { useSize } from './canvas';
import { dagOf, linkEdges, NODES_MAX, type Dag, type DagEdge, type DagNode } from './dag';
import { layout, NODE_PX } from './dagLayout';
import { firstViewport } from './firstViewport';
import { heatOf, type Coloring } from './lane';
import type { TraceView } from './useTraceView';
import './dag.css';

const VISIBLE_ONLY_FROM = 200;
const LINKS_UP_TO_SPANS = 2000;
const MAP_FROM = 20;

interface Shown extends Record<string, unknown> {
  readonly node: DagNode;
  readonly name: string;
  readonly type: SpanType;
  readonly heat: number | null;
  readonly dim: boolean;
  readonly closed: boolean | null;
  readonly onToggle: () => void;
}

/** One node: what, how long, how much, how often. */
const SpanNode = memo(function SpanNode({ data, selected }: NodeProps<Node<Shown>>) {
  const { node, name, type, heat } = data;
  const classes = ['dag-node'];
  if (selected) classes.push('selected');
  if (data.dim) classes.push('dim-node');
  if (node.errors > 0) classes.push('bad');
  return (
    <div className={classes.join(' ')} style={NODE_PX} title={name}>
      <Handle type="target" position={Position.Left} />
      <i
        className="dag-edge"
        style={{ background: heat === null ? `var(--t-${type})` : `var(--heat-${heat + 1})` }}
      />
      <Icon name={type} size={16} color={`var(--t-${type})`} />
      <span className="dag-text">
        <span className="dag-name">
          <span className="clip">{name}</span>
          {node.times > 1 && <b className="dag-badge">×{node.times}</b>}
          {node.errors > 0 && <b className="dag-badge failed">✕ {node.errors}</b>}
        </span>
        <span className="faint num clip">
          {node.running ? '◐ running' : plain(duration(node.duration))}
          {node.cost !== null && ` · ${plain(cost(node.cost))}`}
        </span>
      </span>
      {data.closed !== null && (
        <button
          className="twist nodrag"
          aria-label={data.closed ? `Open ${name}` : `Close ${name}`}
          onClick={(event) => {
            event.stopPropagation();
            data.onToggle();
          }}
        >
          <Icon name={data.closed ? 'closed' : 'open'} size={14} />
        </button>
      )}
      <Handle type="source" position={Position.Right} />
    </div>
  );
});

const nodeTypes = { span: SpanNode };

const legend: readonly (readonly [DagEdge['kind'], string, string])[] = [
  ['calls', 'calls', 'by the spans themselves: the parent began it'],
  ['then', 'then', 'by time: it began when the other had ended'],
  ['handoff', 'handoff', 'another agent takes over'],
  ['repeats', 'repeats', 'the steps begin anew'],
  ['link', 'link', 'a span link'],
];

function useLinks(view: TraceView) {
  const { spans, trace } = view;
  const { data } = useQuery({
    queryKey: ['links', trace.trace_id, spans.count],
    queryFn: ({ signal }) => get<WholeTrace>(`/traces/${trace.trace_id}`, {}, signal),
    enabled: spans.count <= LINKS_UP_TO_SPANS,
    staleTime: Infinity,
    select: (whole) =>
      whole.spans.flatMap((span) =>
        span.links.map((link) => ({
          from: link.trace_id === trace.trace_id ? rowOf(spans, link.span_id) : -1,
          to: rowOf(spans, withDigits(span).span_id),
        })),
      ),
  });
  return data;
}

/** Places for the graph; those of the last one while the next is worked out. */
function usePlaces(dag: Dag) {
  const pairs = useMemo(
    () =>
      Uint32Array.from(dag.edges.filter((edge) => edge.kind !== 'repeats').flatMap((e) => [e.from, e.to])),
    [dag],
  );
  return useQuery({
    queryKey: ['layout', dag.nodes.length, pairs.join()],
    queryFn: ({ signal }) => layout(dag.nodes.length, pairs, signal),
    staleTime: Infinity,
    structuralSharing: false,
  });
}

function heatIn(dag: Dag, coloring: Coloring): (node: DagNode) => number | null {
  if (coloring === 'type') return () => null;
  const valueOf = (node: DagNode) => (coloring === 'cost' ? node.cost : node.duration) ?? 0;
  const most = Math.max(1e-12, ...dag.nodes.map(valueOf));
  return (node) => heatOf(valueOf(node) / most);
}

function flowNodes(view: TraceView, dag: Dag, places: Float64Array): Node<Shown>[] {
  const { spans, matches } = view;
  const heat = heatIn(dag, view.coloring);
  return dag.nodes.map((node, place) => ({
    id: String(place),
    type: 'span',
    position: { x: places[place * 2]!, y: places[place * 2 + 1]! },
    ...NODE_PX,
    selected: node.row === view.selected,
    data: {
      node,
      name: spans.name[node.row]!,
      type: spans.type[node.row]!,
      heat: heat(node),
      dim: matches !== null && !matches[node.row],
      closed: spans.end[node.row]! > node.row + 1 ? view.closed.has(node.row) : null,
      onToggle: () => {
        view.toggle(node.row);
      },
    },
  }));
}

function flowEdges(edges: readonly DagEdge[]): Edge[] {
  return edges.map((edge, at) => ({
    id: String(at),
    source: String(edge.from),
    target: String(edge.to),
    className: `edge-${edge.kind}`,
    markerEnd: { type: MarkerType.ArrowClosed, width: 14, height: 14 },
    ...(edge.label ? { label: edge.label } : {}),
  }));
}

/** The trace as a graph: branches side by side, hand-offs, loops drawn once. */
export default function DagView({ view }: { view: TraceView }) {
  const { spans, folds, closed, now } = view;
  const dag = useMemo(() => dagOf(spans, folds, closed, now), [spans, folds, closed, now]);
  const links = useLinks(view);
  const edges = useMemo(() => [...dag.edges, ...linkEdges(dag, links ?? [])], [dag, links]);
  const places = usePlaces(dag);
  const box = useRef<HTMLDivElement>(null);
  const size = useSize(box);
  const kinds = new Set(edges.map((edge) => edge.kind));
  const shown = useMemo(() => flowEdges(edges), [edges]);
  return (
    <div className="dag">
      <div className="view-bar">
        <span className="dim">
          {dag.nodes.length.toLocaleString('en')} nodes of {spans.count.toLocaleString('en')} spans
        </span>
        {dag.cutBelow !== null && (
          <span className="dim" role="status">
            more than {NODES_MAX} nodes: what is below level {dag.cutBelow + 1} is part of the node above it
          </span>
        )}
        <span className="space" />
        {legend
          .filter(([kind]) => kinds.has(kind))
          .map(([kind, word, meaning]) => (
            <span key={kind} className="legend dim" title={meaning}>
              <i className={`stroke-${kind}`} />
              {word}
            </span>
          ))}
      </div>
      <div className="dag-canvas" ref={box}>
        {places.data?.length === dag.nodes.length * 2 && size.width > 0 ? (
          <ReactFlow
            nodes={flowNodes(view, dag, places.data)}
            edges={shown}
            nodeTypes={nodeTypes}
            nodesDraggable={false}
            nodesConnectable={false}
            edgesFocusable={false}
            onlyRenderVisibleElements={dag.nodes.length > VISIBLE_ONLY_FROM}
            minZoom={0.05}
            // The page leads to no other host.
            proOptions={{ hideAttribution: true }}
            defaultViewport={firstViewport(places.data, NODE_PX, size)}
            colorMode={view.theme === 'dark' ? 'dark' : 'light'}
            onNodeClick={(_, node) => {
              view.select(dag.nodes[Number(node.id)]!.row);
            }}
            ariaLabelConfig={{ 'controls.ariaLabel': 'Zoom' }}
          >
            <Background gap={24} size={1} />
            <Controls showInteractive={false} />
            {dag.nodes.length > MAP_FROM && <MiniMap pannable zoomable ariaLabel="Map of the graph" />}
          </ReactFlow>
        ) : (
          <div className="empty faint">laying out…</div>
        )}
      </div>
    </div>
  );
}
