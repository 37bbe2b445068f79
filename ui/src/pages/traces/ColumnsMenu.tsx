import { Menu } from '../../parts/Menu';
import { columns as all } from './columns';
import type { Columns } from './useColumns';

/** Which columns the list has. */
export function ColumnsMenu({ columns }: { columns: Columns }) {
  return (
    <Menu label="Columns">
      {all.map(({ key, title }) => (
        <label key={key} className="menu-row">
          <input
            type="checkbox"
            checked={columns.shown.some((column) => column.key === key)}
            onChange={() => {
              columns.toggle(key);
            }}
          />
          {title}
        </label>
      ))}
      <button className="button plain" onClick={columns.reset}>
        As at first
      </button>
    </Menu>
  );
}
