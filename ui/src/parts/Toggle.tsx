import { useUrlState } from '../lib/urlState';

/** Turns something on or off, in the address unless it is as it was at first. */
export function Toggle({
  name,
  label,
  title,
  initially = true,
}: {
  name: string;
  label: string;
  title: string;
  initially?: boolean;
}) {
  const [values, setUrl] = useUrlState();
  const other = initially ? '0' : '1';
  const on = (values.get(name) === other) !== initially;
  return (
    <button
      className="button plain toggle"
      aria-pressed={on}
      title={title}
      onClick={() => {
        setUrl({ [name]: on === initially ? other : null });
      }}
    >
      {label}
    </button>
  );
}
