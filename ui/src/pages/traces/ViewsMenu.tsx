import { useState, type FormEvent } from 'react';
import { Link, useSearch } from 'wouter';
import { Icon } from '../../parts/Icon';
import { Menu } from '../../parts/Menu';
import { savedViews, saveViews } from './views';

/** Filters, ranges and orders that one has given a name. */
export function ViewsMenu() {
  const search = useSearch();
  const [views, setViews] = useState(savedViews);
  const [name, setName] = useState('');
  const [kept, setKept] = useState(true);
  const change = (next: typeof views) => {
    setViews(next);
    setKept(saveViews(next));
  };
  return (
    <Menu label="Views">
      {views.map((view) => (
        <div key={view.name} className="menu-row">
          <Link className="clip" href={`/traces?${view.search}`}>
            {view.name}
          </Link>
          <button
            className="button plain icon"
            aria-label={`Forget ${view.name}`}
            onClick={() => {
              change(views.filter((one) => one !== view));
            }}
          >
            <Icon name="cross" size={14} />
          </button>
        </div>
      ))}
      <form
        className="menu-row"
        onSubmit={(event: FormEvent) => {
          event.preventDefault();
          change([...views.filter((one) => one.name !== name.trim()), { name: name.trim(), search }]);
          setName('');
        }}
      >
        <input
          aria-label="Name of this view"
          placeholder="name this view"
          required
          value={name}
          onChange={(event) => {
            setName(event.target.value);
          }}
        />
        <button className="button">Save</button>
      </form>
      {!kept && <p className="failed">This browser keeps nothing.</p>}
    </Menu>
  );
}
