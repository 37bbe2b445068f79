import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useState, type FormEvent } from 'react';
import { post } from '../../lib/api';
import type { Span } from '../../lib/types';

/** A value or a label, whichever the text is. */
function given(text: string): { value: number } | { label: string } {
  const value = Number(text);
  return Number.isFinite(value) ? { value } : { label: text };
}

function NewScore({ span }: { span: Span }) {
  const client = useQueryClient();
  const [name, setName] = useState('');
  const [value, setValue] = useState('');
  const [comment, setComment] = useState('');
  const send = useMutation({
    mutationFn: () =>
      post(`/spans/${span.span_id}/scores?trace_id=${span.trace_id}`, {
        name: name.trim(),
        ...given(value.trim()),
        comment: comment.trim() || null,
        source: 'human',
      }),
    onSuccess: async () => {
      setValue('');
      setComment('');
      await client.invalidateQueries({ queryKey: ['span', span.trace_id, span.span_id] });
    },
  });
  return (
    <form
      className="new-score"
      onSubmit={(event: FormEvent) => {
        event.preventDefault();
        send.mutate();
      }}
    >
      <input
        aria-label="Name of the score"
        placeholder="name: relevance"
        required
        value={name}
        onChange={(event) => {
          setName(event.target.value);
        }}
      />
      <input
        aria-label="Value of the score"
        placeholder="0.9 or a label"
        required
        value={value}
        onChange={(event) => {
          setValue(event.target.value);
        }}
      />
      <input
        aria-label="Comment on the score"
        placeholder="comment"
        value={comment}
        onChange={(event) => {
          setComment(event.target.value);
        }}
      />
      <button className="button" disabled={send.isPending}>
        Score
      </button>
      {send.error && (
        <p className="failed" role="alert">
          {send.error.message}
        </p>
      )}
    </form>
  );
}

/** What people and programs think of a span, and a way to say so. */
export function Scores({ span }: { span: Span }) {
  return (
    <>
      {span.scores.length === 0 && <p className="faint">No scores yet.</p>}
      {span.scores.length > 0 && (
        <table className="facts">
          <tbody>
            {span.scores.map((score) => (
              <tr key={score.id}>
                <th>{score.name}</th>
                <td className="num">{score.value ?? score.label}</td>
                <td className="dim">{score.comment}</td>
                <td className="faint">{score.source}</td>
              </tr>
            ))}
          </tbody>
        </table>
      )}
      <NewScore span={span} />
    </>
  );
}
