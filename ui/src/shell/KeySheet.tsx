import { forwardRef } from 'react';

const rows: readonly (readonly [keys: string, what: string])[] = [
  ['g t', 'traces'],
  ['g s', 'sessions'],
  ['g a', 'analytics'],
  ['g p', 'prompts'],
  ['g l', 'live'],
  ['g e', 'alerts'],
  ['g o', 'store'],
  ['/', 'filter'],
  ['j k', 'next, previous row'],
  ['Enter', 'open'],
  ['Esc', 'close, go up'],
  ['x', 'select a trace'],
  ['.', 'take new traces into the list'],
  ['[ ]', 'previous, next trace of the list'],
  ['n p', 'next, previous difference'],
  ['← →', 'close, open a branch of the tree'],
  ['e', 'next error in a trace'],
  ['f', 'zoom to the selected span'],
  ['0', 'the whole trace'],
  ['w a s d', 'zoom in, left, out, right'],
  ['v', 'the next view of a trace'],
  ['c', 'copy the id of a trace'],
  ['h l', 'the call before, the next'],
  ['Space', 'pause, go on (live)'],
  ['?', 'this list'],
];

export const KeySheet = forwardRef<HTMLDialogElement>(function KeySheet(_, ref) {
  return (
    <dialog ref={ref} className="sheet" aria-labelledby="keys-title">
      <h2 id="keys-title">Keys</h2>
      <dl>
        {rows.map(([keys, what]) => (
          <div key={keys}>
            <dt>
              {keys.split(' ').map((key) => (
                <kbd key={key}>{key}</kbd>
              ))}
            </dt>
            <dd>{what}</dd>
          </div>
        ))}
      </dl>
      <form method="dialog">
        <button className="button">Close</button>
      </form>
    </dialog>
  );
});
