import { useEffect, useId, useRef, useState, type KeyboardEvent } from 'react';
import { ApiError } from '../lib/api';
import { complete } from '../lib/completion';

const PAUSE_MS = 250;

/** The one search box: the filter language, or plain text. What does not parse leaves the last results.
 * Enter runs what stands there; only an option that was picked by an arrow is taken instead. */
export function FilterBox({
  q,
  error,
  onChange,
  valuesOf,
}: {
  q: string;
  error: Error | null;
  onChange: (q: string) => void;
  /** Values that are known of a field, the most frequent first. */
  valuesOf?: (field: string) => readonly string[];
}) {
  const [text, setText] = useState(q);
  const [caret, setCaret] = useState(q.length);
  const [open, setOpen] = useState(false);
  const [picked, setPicked] = useState(-1);
  const input = useRef<HTMLInputElement>(null);
  const listId = useId();
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
  const { from, to, options } = complete(text, Math.min(caret, text.length), valuesOf);
  const shown = open && options.length > 0;
  const take = (option: string) => {
    const before = `${text.slice(0, from)}${option}${option.endsWith('(') ? '' : ' '}`;
    setText(before + text.slice(to));
    setCaret(before.length);
    setPicked(-1);
    requestAnimationFrame(() => input.current?.setSelectionRange(before.length, before.length));
  };
  const onKey = (event: KeyboardEvent) => {
    const option = options[picked];
    if (event.key === 'ArrowDown' || event.key === 'ArrowUp') {
      event.preventDefault();
      const by = event.key === 'ArrowDown' ? 1 : -1;
      setOpen(true);
      setPicked((picked + by + options.length + 1) % (options.length + 1));
    } else if (event.key === 'Enter') {
      if (shown && option !== undefined) take(option);
      else {
        setOpen(false);
        onChange(text);
      }
    } else if (event.key === 'Tab' && shown && text !== '' && !event.shiftKey) {
      const best = option ?? options[0];
      if (best === undefined) return;
      event.preventDefault();
      take(best);
    } else if (event.key === 'Escape') {
      if (shown) setOpen(false);
      else input.current?.blur();
    }
  };
  const wrong = error instanceof ApiError && error.status === 400 ? error : null;
  return (
    <div className="filter">
      <input
        ref={input}
        type="search"
        role="combobox"
        value={text}
        placeholder='Filter: model = gpt-4o and cost > 0.01, or "some words"'
        aria-label="Filter"
        aria-expanded={shown}
        aria-controls={listId}
        aria-autocomplete="list"
        aria-activedescendant={shown && picked >= 0 ? `${listId}-${picked}` : undefined}
        aria-invalid={wrong !== null}
        aria-describedby={wrong && !shown ? 'filter-problem' : undefined}
        spellCheck={false}
        autoComplete="off"
        onChange={(event) => {
          setText(event.target.value);
          setCaret(event.target.selectionStart ?? event.target.value.length);
          setOpen(true);
          setPicked(-1);
        }}
        onSelect={(event) => {
          setCaret(event.currentTarget.selectionStart ?? text.length);
        }}
        onBlur={() => {
          setOpen(false);
        }}
        onKeyDown={onKey}
      />
      <ul id={listId} role="listbox" aria-label="What may come next" className="options" hidden={!shown}>
        {options.map((option, index) => (
          <li
            key={option}
            id={`${listId}-${index}`}
            role="option"
            aria-selected={index === picked}
            onPointerDown={(event) => {
              event.preventDefault();
              take(option);
            }}
          >
            {option}
          </li>
        ))}
      </ul>
      {wrong && !shown && (
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
