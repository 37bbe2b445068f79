import { useEffect, useState } from 'react';
import { ApiError } from '../lib/api';

const PAUSE_MS = 250;

/** The one search box: the filter language, or plain text. What does not parse leaves the last results. */
export function FilterBox({
  q,
  error,
  onChange,
}: {
  q: string;
  error: Error | null;
  onChange: (q: string) => void;
}) {
  const [text, setText] = useState(q);
  useEffect(() => {
    setText(q);
  }, [q]);
  useEffect(() => {
    if (text === q) return;
    const timer = setTimeout(() => {
      onChange(text);
    }, PAUSE_MS);
    return () => {
      clearTimeout(timer);
    };
  }, [text, q, onChange]);
  const wrong = error instanceof ApiError && error.status === 400 ? error : null;
  return (
    <div className="filter">
      <input
        type="search"
        value={text}
        placeholder='Filter: model = gpt-4o and cost > 0.01, or "some words"'
        aria-label="Filter"
        aria-invalid={wrong !== null}
        aria-describedby={wrong ? 'filter-problem' : undefined}
        spellCheck={false}
        autoComplete="off"
        onChange={(event) => {
          setText(event.target.value);
        }}
        onKeyDown={(event) => {
          if (event.key === 'Enter') onChange(text);
          if (event.key === 'Escape') event.currentTarget.blur();
        }}
      />
      {wrong && (
        <div className="filter-problem" id="filter-problem" role="alert">
          {wrong.column !== null && (
            <pre aria-hidden="true">{`${text}\n${' '.repeat(Math.max(0, wrong.column - 1))}^`}</pre>
          )}
          {wrong.message}
        </div>
      )}
    </div>
  );
}
