import { useMutation } from '@tanstack/react-query';
import { useRef, useState } from 'react';
import { post } from '../../lib/api';
import { Icon } from '../../parts/Icon';

type Verdict = 1 | -1;

/** Thumbs, and why: POST /traces/{id}/feedback. */
export function Feedback({ traceId }: { traceId: string }) {
  const [verdict, setVerdict] = useState<Verdict | null>(null);
  const [comment, setComment] = useState('');
  const dialog = useRef<HTMLDialogElement>(null);
  const send = useMutation({
    mutationFn: (given: Verdict) =>
      post(`/traces/${traceId}/feedback`, { score: given, feedback: comment.trim() || null }),
    onSuccess: () => dialog.current?.close(),
  });
  const given = send.isSuccess ? send.variables : null;
  const thumb = (value: Verdict, icon: 'good' | 'bad', label: string) => (
    <button
      className="button plain icon"
      aria-label={label}
      title={label}
      aria-pressed={given === value}
      onClick={() => {
        setVerdict(value);
        dialog.current?.showModal();
      }}
    >
      <Icon name={icon} />
    </button>
  );
  return (
    <span className="feedback">
      {thumb(1, 'good', 'Good')}
      {thumb(-1, 'bad', 'Bad')}
      <dialog ref={dialog} className="sheet" aria-labelledby="feedback-title">
        <h2 id="feedback-title">{verdict === 1 ? 'A good trace' : 'A bad trace'}</h2>
        <label className="field">
          Why (may stay empty)
          <textarea
            rows={4}
            value={comment}
            onChange={(event) => {
              setComment(event.target.value);
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
            className="button accent"
            disabled={send.isPending}
            onClick={() => {
              if (verdict !== null) send.mutate(verdict);
            }}
          >
            Give feedback
          </button>
        </div>
      </dialog>
    </span>
  );
}
