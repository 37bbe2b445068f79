import type { ReactNode } from 'react';
import type { Shown } from '../lib/format';
import { Value } from './Value';

export interface TableColumn<R> {
  readonly title: string;
  /** What the title leaves out. */
  readonly hint?: string;
  readonly number?: boolean;
  readonly className?: string;
  /** Bad news. */
  readonly failed?: (row: R) => boolean;
  /** How much of the cell is filled, from 0 to 1. */
  readonly share?: (row: R) => number;
  readonly cell: (row: R) => ReactNode;
}

/** A column of numbers in their units, the exact value on hover. */
export function numbers<R>(
  title: string,
  valueOf: (row: R) => number | null | undefined,
  show: (value: number | null | undefined) => Shown,
): TableColumn<R> {
  return {
    title,
    number: true,
    cell: (row) => <Value shown={show(valueOf(row))} exact={valueOf(row)} />,
  };
}

/** A column of whole numbers, to the last digit. */
export function counts<R>(title: string, valueOf: (row: R) => number): TableColumn<R> {
  return { title, number: true, cell: (row) => valueOf(row).toLocaleString('en') };
}

function classOf<R>({ number, className, failed, share }: TableColumn<R>, row: R): string {
  const words = [number && 'num', className, share && 'share', failed?.(row) && 'failed'];
  return words.filter(Boolean).join(' ');
}

/** A card with a small table, or with a word where there is nothing. */
export function TableCard<R>({
  title,
  columns,
  rows,
  keyOf,
  empty,
  children,
}: {
  title: string;
  columns: readonly TableColumn<R>[];
  /** undefined: they are not there yet. */
  rows: readonly R[] | undefined;
  keyOf: (row: R) => string | number;
  empty: string;
  /** Below the table. */
  children?: ReactNode;
}) {
  return (
    <section className="card scroll-x">
      <h2>{title}</h2>
      {rows?.length === 0 ? (
        <p className="none faint">{empty}</p>
      ) : (
        <table className="grid">
          <thead>
            <tr>
              {columns.map(({ title: name, hint, number, className }) => (
                <th
                  key={name}
                  className={[number && 'num', className].filter(Boolean).join(' ')}
                  title={hint}
                >
                  {name}
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {rows?.map((row) => (
              <tr key={keyOf(row)}>
                {columns.map((column) => (
                  <td
                    key={column.title}
                    className={classOf(column, row)}
                    style={column.share && { backgroundSize: `${column.share(row) * 100}% 100%` }}
                  >
                    {column.cell(row)}
                  </td>
                ))}
              </tr>
            ))}
          </tbody>
        </table>
      )}
      {children}
    </section>
  );
}
