import { useQueryClient } from '@tanstack/react-query';
import { useEffect, useState, type FormEvent } from 'react';
import { useLocation } from 'wouter';
import { post } from '../../lib/api';
import { useUrlState } from '../../lib/urlState';
import './login.css';

/** Only a path of ours: what stands in an address may come from anyone. */
function pathAfter(next: string | null): string {
  return next?.startsWith('/') && !next.startsWith('//') ? next : '/traces';
}

/** Asks for a token and begins a session with it. */
export default function LoginPage() {
  const [values] = useUrlState();
  const [, navigate] = useLocation();
  const client = useQueryClient();
  const [token, setToken] = useState('');
  const [problem, setProblem] = useState<string | null>(null);
  useEffect(() => {
    document.title = 'Sign in · OpenAgentTrace';
  }, []);
  const signIn = async () => {
    try {
      await post('/login', { token: token.trim() });
      client.clear();
      navigate(pathAfter(values.get('next')), { replace: true });
    } catch (error) {
      setProblem(error instanceof Error ? error.message : String(error));
    }
  };
  return (
    <form
      className="login card"
      onSubmit={(event: FormEvent) => {
        event.preventDefault();
        void signIn();
      }}
    >
      <h1>Sign in</h1>
      <label htmlFor="token">Access token</label>
      <input
        id="token"
        type="password"
        autoComplete="current-password"
        autoFocus
        value={token}
        aria-invalid={problem !== null}
        onChange={(event) => {
          setToken(event.target.value);
        }}
      />
      {problem !== null && (
        <p className="failed" role="alert">
          {problem}
        </p>
      )}
      <button className="button filled" disabled={token.trim() === ''}>
        Sign in
      </button>
      <p className="faint">
        Who runs this daemon makes one: <code>oat token add --name me --role read</code>
      </p>
    </form>
  );
}
