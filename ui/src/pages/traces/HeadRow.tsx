import { useRef, type PointerEvent } from 'react';
import type { Column } from './columns';
import type { Columns } from './useColumns';

const STEP_PX = 16;

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

function HeadCell({
  column,
  sort,
  onSort,
  columns,
}: {
  column: Column;
  sort: string;
  onSort: (sort: string) => void;
  columns: Columns;
}) {
  const { sort: name, title, number } = column;
  const down = sort === `-${name}`;
  const up = sort === name;
  return (
    <span
      role="columnheader"
      aria-sort={!name ? undefined : down ? 'descending' : up ? 'ascending' : 'none'}
      className={number ? 'head-cell num' : 'head-cell'}
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

/** What the columns are; a click sorts, another turns it round. */
export function HeadRow({
  columns,
  sort,
  onSort,
}: {
  columns: Columns;
  sort: string;
  onSort: (sort: string) => void;
}) {
  return (
    <div className="row head" role="row" aria-rowindex={1}>
      <span role="columnheader" className="check">
        <span className="hidden-text">Selected</span>
      </span>
      {columns.shown.map((column) => (
        <HeadCell key={column.key} column={column} sort={sort} onSort={onSort} columns={columns} />
      ))}
    </div>
  );
}
