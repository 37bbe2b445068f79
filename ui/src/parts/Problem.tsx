import { ApiError } from '../lib/api';

/** Why something could not be shown, with the id to find the request by in the daemon's log. */
export function Problem({ error, onRetry }: { error: Error; onRetry?: () => void }) {
  const offline = !(error instanceof ApiError);
  const id = error instanceof ApiError ? error.requestId : null;
  return (
    <div className="notice" role="alert">
      <span>{offline ? 'The daemon does not answer. Is it running?' : error.message}</span>
      {id && <span className="faint mono">request {id}</span>}
      {onRetry && (
        <button className="button" onClick={onRetry}>
          Retry
        </button>
      )}
    </div>
  );
}
