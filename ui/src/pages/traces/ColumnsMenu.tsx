import type { IconName } from '../../icons.gen';
import { Icon } from '../../parts/Icon';
import { Menu } from '../../parts/Menu';
import { columns as all, type Column } from './columns';
import type { Columns } from './useColumns';

/** Stays where the keyboard is, also when its row goes elsewhere. */
function Tool({
  icon,
  label,
  pressed,
  onUse,
}: {
  icon: IconName;
  label: string;
  pressed?: boolean;
  onUse: () => void;
}) {
  return (
    <button
      className="button plain icon column-tool"
      aria-label={label}
      aria-pressed={pressed}
      title={label}
      onClick={({ currentTarget }) => {
        onUse();
        requestAnimationFrame(() => {
          currentTarget.focus();
        });
      }}
    >
      <Icon name={icon} size={14} />
    </button>
  );
}

function Choice({ column, columns }: { column: Column; columns: Columns }) {
  const { key, title } = column;
  const isShown = columns.placed.some((one) => one.key === key);
  return (
    <div className="menu-row">
      <label className="column-name">
        <input
          type="checkbox"
          checked={isShown}
          onChange={() => {
            columns.toggle(key);
          }}
        />
        {title}
      </label>
      {isShown && (
        <>
          <Tool
            icon="pin"
            label={`Pin ${title} to the left`}
            pressed={columns.pinned.includes(key)}
            onUse={() => {
              columns.togglePin(key);
            }}
          />
          <Tool
            icon="up"
            label={`Move ${title} to the left`}
            onUse={() => {
              columns.move(key, -1);
            }}
          />
          <Tool
            icon="down"
            label={`Move ${title} to the right`}
            onUse={() => {
              columns.move(key, 1);
            }}
          />
        </>
      )}
    </div>
  );
}

/** Which columns the list has, in which order, and which of them stay when it is scrolled sideways. */
export function ColumnsMenu({ columns }: { columns: Columns }) {
  const hidden = all.filter(({ key }) => !columns.placed.some((one) => one.key === key));
  return (
    <Menu label="Columns">
      <div className="columns-menu">
        {[...columns.placed, ...hidden].map((column) => (
          <Choice key={column.key} column={column} columns={columns} />
        ))}
      </div>
      <p className="menu-note faint">Titles of the list can be dragged, too.</p>
      <button className="button plain" onClick={columns.reset}>
        As at first
      </button>
    </Menu>
  );
}
