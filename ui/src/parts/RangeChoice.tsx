import { useState, type FormEvent } from 'react';
import { rangeLabel, ranges } from '../lib/range';
import { readRange } from '../lib/readRange';
import { useZone } from '../lib/zone';
import { Menu } from './Menu';

/** The range of time: one of some, or one that is typed. */
export function RangeChoice({
  range,
  choices = ranges,
  onChange,
}: {
  range: string;
  choices?: readonly (readonly [value: string, label: string])[];
  onChange: (range: string) => void;
}) {
  const zone = useZone();
  const [text, setText] = useState('');
  const [refused, setRefused] = useState(false);
  return (
    <Menu label={rangeLabel(range)} name="Range">
      {(close) => (
        <>
          {choices.map(([value, label]) => (
            <button
              key={value}
              className="menu-row choice"
              aria-pressed={value === range}
              onClick={() => {
                onChange(value);
                close();
              }}
            >
              {label}
            </button>
          ))}
          <form
            className="menu-row"
            onSubmit={(event: FormEvent) => {
              event.preventDefault();
              const read = readRange(text, Date.now() / 1000, zone);
              setRefused(read === null);
              if (read === null) return;
              onChange(read);
              close();
            }}
          >
            <input
              aria-label="Another range"
              aria-invalid={refused}
              aria-describedby="range-hint"
              placeholder="yesterday 14:00..15:00"
              value={text}
              onChange={(event) => {
                setText(event.target.value);
                setRefused(false);
              }}
            />
            <button className="button">Set</button>
          </form>
          <p id="range-hint" className={refused ? 'menu-note failed' : 'menu-note faint'} role="status">
            6h, today, 2026-11-22, 9:30..now; {zone === 'utc' ? 'UTC' : 'local time'}
          </p>
        </>
      )}
    </Menu>
  );
}
