/** One of a few, side by side. */
export function Segments<T extends string>({
  label,
  options,
  value,
  onChange,
}: {
  label: string;
  options: readonly (readonly [value: T, label: string])[];
  value: T;
  onChange: (value: T) => void;
}) {
  return (
    <div className="segments" role="group" aria-label={label}>
      {options.map(([one, name]) => (
        <button
          key={one}
          aria-pressed={one === value}
          onClick={() => {
            onChange(one);
          }}
        >
          {name}
        </button>
      ))}
    </div>
  );
}
