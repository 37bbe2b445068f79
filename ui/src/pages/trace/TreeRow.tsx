import { memo } from 'react';
import { cost, duration, plain } from '../../lib/format';
import { firstRow, foldTitle, type Item } from '../../lib/folds';
import { endTime, known } from '../../lib/spans';
import { Icon } from '../../parts/Icon';
import type { TraceView } from './useTraceView';

const LEVEL_PX = 12;
const LEVELS_MAX = 12;

function Twist({ open, name, onToggle }: { open: boolean; name: string; onToggle: () => void }) {
  return (
    <button
      className="twist"
      tabIndex={-1}
      aria-label={open ? `Close ${name}` : `Open ${name}`}
      onClick={(event) => {
        event.stopPropagation();
        onToggle();
      }}
    >
      <Icon name={open ? 'open' : 'closed'} size={14} />
    </button>
  );
}

function FoldName({ view, row }: { view: TraceView; row: number }) {
  const { spans } = view;
  const fold = view.folds.get(row)!;
  const took = fold.members.reduce((sum, one) => sum + endTime(spans, one, view.now) - spans.start[one]!, 0);
  return (
    <>
      <Twist
        open={view.openFolds.has(row)}
        name={`${fold.times} repetitions`}
        onToggle={() => {
          view.toggleFold(row);
        }}
      />
      <span className="fold-count" title={`${fold.times} times ${foldTitle(spans, fold)}`}>
        ↻ ×{fold.times}
      </span>
      <span className="clip dim">{foldTitle(spans, fold)}</span>
      <span className="row-end num">{plain(duration(took))}</span>
    </>
  );
}

function SpanName({ view, row }: { view: TraceView; row: number }) {
  const { spans } = view;
  const price = known(spans.cost[row]);
  const hidden = spans.children[row]! > 0 && spans.end[row] === row + 1;
  return (
    <>
      {spans.end[row]! > row + 1 ? (
        <Twist
          open={!view.closed.has(row)}
          name={spans.name[row]!}
          onToggle={() => {
            view.toggle(row);
          }}
        />
      ) : (
        <span className="twist" />
      )}
      <Icon name={spans.type[row]!} size={14} color={`var(--t-${spans.type[row]!})`} />
      <span className="clip">{spans.name[row]}</span>
      {spans.depth[row]! > LEVELS_MAX && <span className="faint">·{spans.depth[row]}</span>}
      {hidden && (
        <button
          className="link"
          onClick={(event) => {
            event.stopPropagation();
            view.load(row);
          }}
        >
          … {spans.descendants[row]!.toLocaleString('en')} more
        </button>
      )}
      {spans.status[row] === 'error' && (
        <span className="failed" aria-hidden="true">
          ✕
        </span>
      )}
      <span className="row-end num">
        {price !== null && <span className="faint">{plain(cost(price))}</span>}
        {plain(duration(known(spans.duration[row])))}
      </span>
    </>
  );
}

function labelOf(view: TraceView, row: number, isFold: boolean): string {
  const { spans } = view;
  if (isFold) return `${view.folds.get(row)!.times} times ${foldTitle(spans, view.folds.get(row)!)}`;
  const took = plain(duration(known(spans.duration[row])));
  return `${spans.type[row]!} ${spans.name[row]!}, ${spans.status[row]!}, ${took}`;
}

/** One row of the tree: a span, or steps that repeat. */
export const TreeRow = memo(function TreeRow({
  view,
  item,
  selected,
  top,
}: {
  view: TraceView;
  item: Item;
  selected: boolean;
  top: number;
}) {
  const row = firstRow(item);
  const { spans } = view;
  const isFold = item < 0;
  const depth = spans.depth[row]!;
  const expandable = isFold || spans.end[row]! > row + 1;
  const expanded = isFold ? view.openFolds.has(row) : !view.closed.has(row);
  const classes = ['tree-row'];
  if (selected) classes.push('selected');
  if (view.matches && !isFold) classes.push(view.matches[row] ? 'match' : 'no-match');
  return (
    <div
      role="row"
      className={classes.join(' ')}
      aria-level={depth + 1}
      aria-selected={selected}
      aria-expanded={expandable ? expanded : undefined}
      aria-label={labelOf(view, row, isFold)}
      style={{ top }}
      onClick={() => {
        view.pick(item);
      }}
    >
      <div role="gridcell">
        <span style={{ width: Math.min(depth, LEVELS_MAX) * LEVEL_PX }} className="indent" />
        {isFold ? <FoldName view={view} row={row} /> : <SpanName view={view} row={row} />}
      </div>
    </div>
  );
});
