import { useState } from 'react';
import { visible } from '../../lib/visible';
import { LongText } from './Words';

const PAGE = 100;
const OPEN_LEVELS = 2;
const LONG_FROM = 64 * 1024;

function Leaf({ value }: { value: unknown }) {
  if (typeof value === 'string') {
    if (value.length > LONG_FROM) return <LongText text={value} />;
    if (value.includes('\n')) return <pre className="json-block">{visible(value)}</pre>;
    return <span className="json-text">&quot;{visible(value)}&quot;</span>;
  }
  return <span className="json-word">{String(value)}</span>;
}

function Branch({ name, value, level }: { name: string | null; value: object; level: number }) {
  const [open, setOpen] = useState(level < OPEN_LEVELS);
  const [shown, setShown] = useState(PAGE);
  const entries = Object.entries(value as Record<string, unknown>);
  const [left, right] = Array.isArray(value) ? ['[', ']'] : ['{', '}'];
  return (
    <div>
      <button
        className="json-twist"
        aria-expanded={open}
        onClick={() => {
          setOpen(!open);
        }}
      >
        {name !== null && <span className="json-key">{visible(name)}: </span>}
        <span className="faint">{open ? left : `${left} ${entries.length} ${right}`}</span>
      </button>
      {open && (
        <div className="json-kids">
          {entries.slice(0, shown).map(([key, kid]) => (
            <Entry key={key} name={Array.isArray(value) ? null : key} value={kid} level={level + 1} />
          ))}
          {shown < entries.length && (
            <button
              className="button"
              onClick={() => {
                setShown(shown + PAGE);
              }}
            >
              {entries.length - shown} more
            </button>
          )}
        </div>
      )}
      {open && <span className="faint">{right}</span>}
    </div>
  );
}

function Entry({ name, value, level }: { name: string | null; value: unknown; level: number }) {
  if (typeof value === 'object' && value !== null) return <Branch name={name} value={value} level={level} />;
  return (
    <div>
      {name !== null && <span className="json-key">{visible(name)}: </span>}
      <Leaf value={value} />
    </div>
  );
}

/** A value as a tree. What lies deeper opens when it is asked for, so depth costs nothing. */
export function Json({ value }: { value: unknown }) {
  return (
    <div className="json">
      <Entry name={null} value={value} level={0} />
    </div>
  );
}
