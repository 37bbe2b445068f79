import { useRef, useState, type PointerEvent, type RefObject } from 'react';
import type { Column } from './columns';
import type { PlacedColumn } from './layout';
import { pinClass, pinStyle } from './pin';
import type { Columns } from './useColumns';

const STEP_PX = 16;
/** A click may tremble. */
const DRAG_PX = 6;

/** The right edge of a column: dragged, or moved by arrows, it sets the width; a double click takes that back. */
function Edge({ column, columns }: { column: Column; columns: Columns }) {
  const { resize, widths } = columns;
  const from = useRef<{ readonly x: number; readonly px: number } | null>(null);
  const widthOf = (edge: HTMLElement) => edge.parentElement?.getBoundingClientRect().width ?? column.widthPx;
  return (
    <span
      role="separator"
      aria-orientation="vertical"
      aria-label={`Width of ${column.title}`}
      aria-valuenow={widths[column.key] ?? column.widthPx}
      tabIndex={0}
      className="column-edge"
      onPointerDown={(event: PointerEvent<HTMLElement>) => {
        event.stopPropagation();
        event.currentTarget.setPointerCapture(event.pointerId);
        from.current = { x: event.clientX, px: widthOf(event.currentTarget) };
      }}
      onPointerMove={(event) => {
        if (from.current) resize(column.key, from.current.px + event.clientX - from.current.x);
      }}
      onPointerUp={() => {
        from.current = null;
      }}
      onPointerCancel={() => {
        from.current = null;
      }}
      onDoubleClick={() => {
        resize(column.key, null);
      }}
      onKeyDown={(event) => {
        const by = { ArrowLeft: -STEP_PX, ArrowRight: STEP_PX }[event.key];
        if (by === undefined) return;
        event.preventDefault();
        resize(column.key, widthOf(event.currentTarget) + by);
      }}
    />
  );
}

/** Where a title that is dragged would go. */
interface Drag {
  readonly key: string;
  /** null: to the end. */
  readonly before: string | null;
}

/** Titles that are dragged sideways move their columns. */
function useDrag(row: RefObject<HTMLElement | null>, columns: Columns) {
  const [drag, setDrag] = useState<Drag | null>(null);
  const from = useRef<{ readonly x: number; readonly key: string } | null>(null);
  const beforeAt = (x: number) => {
    const cells = [...(row.current?.querySelectorAll<HTMLElement>('[data-column]') ?? [])];
    const next = cells.find((cell) => {
      const { left, width } = cell.getBoundingClientRect();
      return x < left + width / 2;
    });
    return next?.dataset['column'] ?? null;
  };
  const end = () => {
    from.current = null;
    setDrag(null);
  };
  const hands = {
    onPointerDown: ({ button, clientX, target }: PointerEvent<HTMLElement>) => {
      const key = (target as HTMLElement).closest<HTMLElement>('[data-column]')?.dataset['column'];
      if (button === 0 && key) from.current = { x: clientX, key };
    },
    onPointerMove: (event: PointerEvent<HTMLElement>) => {
      const { buttons, clientX, currentTarget, pointerId } = event;
      if (buttons === 0) from.current = null;
      if (!from.current || (!drag && Math.abs(clientX - from.current.x) < DRAG_PX)) return;
      // From now on it is no click on what is below the pointer.
      currentTarget.setPointerCapture(pointerId);
      setDrag({ key: from.current.key, before: beforeAt(clientX) });
    },
    onPointerUp: () => {
      if (drag) columns.place(drag.key, drag.before);
      end();
    },
    onPointerCancel: end,
  };
  return { drag, hands };
}

function HeadCell({
  column,
  sort,
  onSort,
  columns,
  drag,
}: {
  column: PlacedColumn;
  sort: string;
  onSort: (sort: string) => void;
  columns: Columns;
  drag: Drag | null;
}) {
  const { key, sort: name, title, number } = column;
  const classes = ['head-cell', pinClass(column)];
  if (number) classes.push('num');
  if (drag?.key === key) classes.push('dragged');
  if (drag?.before === key) classes.push('drop-before');
  if (drag?.before === null && key === columns.placed.at(-1)?.key) classes.push('drop-after');
  const down = sort === `-${name}`;
  const up = sort === name;
  return (
    <span
      role="columnheader"
      aria-sort={!name ? undefined : down ? 'descending' : up ? 'ascending' : 'none'}
      className={classes.join(' ')}
      style={pinStyle(column)}
      data-column={key}
    >
      {name ? (
        <button
          className="sort clip"
          onClick={() => {
            onSort(down ? name : `-${name}`);
          }}
        >
          {title}
          <span aria-hidden="true">{down ? ' ↓' : up ? ' ↑' : ''}</span>
        </button>
      ) : (
        <span className="clip">{title}</span>
      )}
      <Edge column={column} columns={columns} />
    </span>
  );
}

/** What the columns are; a click sorts, another turns it round; dragged, a column goes elsewhere. */
export function HeadRow({
  columns,
  sort,
  onSort,
}: {
  columns: Columns;
  sort: string;
  onSort: (sort: string) => void;
}) {
  const row = useRef<HTMLDivElement>(null);
  const { drag, hands } = useDrag(row, columns);
  return (
    <div className="row head" role="row" aria-rowindex={1} ref={row} {...hands}>
      <span role="columnheader" className={columns.pinned.length > 0 ? 'check pinned' : 'check'}>
        <span className="hidden-text">Selected</span>
      </span>
      {columns.placed.map((column) => (
        <HeadCell
          key={column.key}
          column={column}
          sort={sort}
          onSort={onSort}
          columns={columns}
          drag={drag}
        />
      ))}
    </div>
  );
}
