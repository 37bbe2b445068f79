export interface SortColumn {
  readonly title: string;
  readonly sort?: string;
  readonly number?: boolean;
}

/** The head of a column of a table that the daemon sorts: a click sorts, another turns it round. */
export function SortHead({
  column,
  sort,
  onSort,
}: {
  column: SortColumn;
  sort: string;
  onSort: (sort: string) => void;
}) {
  const { title, sort: name, number } = column;
  if (!name) return <th className={number ? 'num' : ''}>{title}</th>;
  const down = sort === `-${name}`;
  const up = sort === name;
  return (
    <th className={number ? 'num' : ''} aria-sort={down ? 'descending' : up ? 'ascending' : 'none'}>
      <button
        className="sort"
        onClick={() => {
          onSort(down ? name : `-${name}`);
        }}
      >
        {title}
        <span aria-hidden="true">{down ? ' ↓' : up ? ' ↑' : ''}</span>
      </button>
    </th>
  );
}
