import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useRef, useState } from 'react';
import { Link } from 'wouter';
import { post } from '../../lib/api';
import { ExportMenu } from './ExportMenu';

/** Says how many will go, and lets it happen only when one has typed that number. */
function DeleteDialog({ ids, onDone }: { ids: readonly string[]; onDone: () => void }) {
  const client = useQueryClient();
  const dialog = useRef<HTMLDialogElement>(null);
  const [typed, setTyped] = useState('');
  const send = useMutation({
    mutationFn: () => post('/traces/delete', { ids, reason: 'deleted in the dashboard' }),
    onSuccess: async () => {
      dialog.current?.close();
      onDone();
      await client.invalidateQueries();
    },
  });
  return (
    <>
      <button
        className="button danger"
        onClick={() => {
          setTyped('');
          dialog.current?.showModal();
        }}
      >
        Delete
      </button>
      <dialog ref={dialog} className="sheet" aria-labelledby="delete-title">
        <h2 id="delete-title">
          Delete {ids.length} {ids.length === 1 ? 'trace' : 'traces'}?
        </h2>
        <p>
          They are hidden at once, also from what arrives later, and their bytes go with the next compaction.
        </p>
        <label className="field">
          Type {ids.length} to confirm
          <input
            value={typed}
            inputMode="numeric"
            onChange={(event) => {
              setTyped(event.target.value);
            }}
          />
        </label>
        {send.error && (
          <p className="failed" role="alert">
            {send.error.message}
          </p>
        )}
        <div className="sheet-end">
          <button className="button" onClick={() => dialog.current?.close()}>
            Cancel
          </button>
          <button
            className="button danger"
            disabled={typed !== String(ids.length) || send.isPending}
            onClick={() => {
              send.mutate();
            }}
          >
            Delete for good
          </button>
        </div>
      </dialog>
    </>
  );
}

/** What can be done with the traces that are selected. */
export function BulkBar({ ids, onClear }: { ids: readonly string[]; onClear: () => void }) {
  const [a, b] = ids;
  return (
    <div className="bulk" role="region" aria-label="Selected traces">
      <b className="num">{ids.length}</b> selected
      <span className="space" />
      {ids.length === 2 && (
        <Link className="button" href={`/compare?a=${a ?? ''}&b=${b ?? ''}`}>
          Compare
        </Link>
      )}
      <ExportMenu label="Export" selection={{ ids: ids.join(',') }} />
      <DeleteDialog ids={ids} onDone={onClear} />
      <button className="button plain" onClick={onClear}>
        Clear
      </button>
    </div>
  );
}
