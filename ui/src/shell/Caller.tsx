import { useQuery, useQueryClient } from '@tanstack/react-query';
import { useLocation } from 'wouter';
import { get, post } from '../lib/api';

interface Me {
  readonly name: string | null;
  readonly role: string;
  readonly project: string;
  readonly authenticated_by: 'none' | 'token' | 'session';
}

/** Who is signed in, and the way out; nothing where no tokens are needed. */
export function Caller() {
  const client = useQueryClient();
  const [, navigate] = useLocation();
  const { data: me } = useQuery({
    queryKey: ['me'],
    queryFn: ({ signal }) => get<Me>('/me', {}, signal),
    staleTime: Infinity,
  });
  if (me?.authenticated_by !== 'session') return null;
  return (
    <div className="caller" title={`${me.name ?? ''}: may ${me.role} in the project ${me.project}`}>
      <span className="clip">{me.name}</span>
      <span className="clip faint">{me.project}</span>
      <button
        className="button plain"
        onClick={() => {
          void post('/logout', null).then(() => {
            client.clear();
            navigate('/login', { replace: true });
          });
        }}
      >
        Sign out
      </button>
    </div>
  );
}
