import { QueryCache, QueryClient, QueryClientProvider } from '@tanstack/react-query';
import { StrictMode } from 'react';
import { createRoot } from 'react-dom/client';
import { Router } from 'wouter';
import { navigate } from 'wouter/use-browser-location';
import { App } from './App';
import { ApiError } from './lib/api';
import { keepListOnLeaving } from './lib/lastList';
import './style/tokens.css';
import './style/base.css';
import './style/parts.css';
import './style/widgets.css';

const BASE = '/ui';

/** Whatever page one is on: without a session there is only the way to one. */
function askWhoItIs(error: Error): void {
  const { pathname, search } = window.location;
  if (!(error instanceof ApiError) || error.status !== 401 || pathname === `${BASE}/login`) return;
  const next = encodeURIComponent(pathname.slice(BASE.length) + search);
  navigate(`${BASE}/login?next=${next}`, { replace: true });
}

const client = new QueryClient({
  queryCache: new QueryCache({ onError: askWhoItIs }),
  defaultOptions: {
    queries: {
      // What the daemon refused it will refuse again; what did not reach it is worth another try.
      retry: (failures, error) => !(error instanceof ApiError) && failures < 2,
      refetchOnWindowFocus: false,
      gcTime: 60_000,
    },
  },
});

keepListOnLeaving();

const root = document.getElementById('root');
if (!root) throw new Error('index.html has no #root');
createRoot(root).render(
  <StrictMode>
    <QueryClientProvider client={client}>
      <Router base={BASE}>
        <App />
      </Router>
    </QueryClientProvider>
  </StrictMode>,
);
