import { lazy, Suspense } from 'react';
import { Redirect, Route, Switch, useRoute } from 'wouter';
import { TracesPage } from './pages/traces/TracesPage';
import { useZone } from './lib/zone';
import { Shell } from './shell/Shell';

// The first page comes at once, the others when they are visited.
const TracePage = lazy(() => import('./pages/trace/TracePage'));
const AnalyticsPage = lazy(() => import('./pages/analytics/AnalyticsPage'));
const SessionsPage = lazy(() => import('./pages/sessions/SessionsPage'));
const SessionPage = lazy(() => import('./pages/sessions/SessionPage'));
const ComparePage = lazy(() => import('./pages/compare/ComparePage'));
const PromptsPage = lazy(() => import('./pages/prompts/PromptsPage'));
const PromptPage = lazy(() => import('./pages/prompts/PromptPage'));
const QueryPage = lazy(() => import('./pages/query/QueryPage'));
const AlertsPage = lazy(() => import('./pages/alerts/AlertsPage'));
const StorePage = lazy(() => import('./pages/store/StorePage'));
const LoginPage = lazy(() => import('./pages/login/LoginPage'));
const LivePage = lazy(() => import('./pages/live/LivePage'));

export function App() {
  const [isLogin] = useRoute('/login');
  // Every time on the page is in it.
  useZone();
  if (isLogin)
    return (
      <Suspense fallback={null}>
        <LoginPage />
      </Suspense>
    );
  return (
    <Shell>
      <Suspense fallback={null}>
        <Switch>
          <Route path="/">
            <Redirect to="/traces" replace />
          </Route>
          <Route path="/traces" component={TracesPage} />
          <Route path="/traces/:id">{({ id }) => <TracePage key={id} id={id} />}</Route>
          <Route path="/sessions" component={SessionsPage} />
          <Route path="/sessions/:id">
            {({ id }) => <SessionPage key={id} id={decodeURIComponent(id)} />}
          </Route>
          <Route path="/compare" component={ComparePage} />
          <Route path="/analytics" component={AnalyticsPage} />
          <Route path="/analytics/query" component={QueryPage} />
          <Route path="/prompts" component={PromptsPage} />
          <Route path="/prompts/:name">
            {({ name }) => <PromptPage key={name} name={decodeURIComponent(name)} />}
          </Route>
          <Route path="/alerts" component={AlertsPage} />
          <Route path="/store" component={StorePage} />
          <Route path="/live" component={LivePage} />
          <Route>
            <div className="empty">
              <h2>There is no such page</h2>
              <a className="button" href="/ui/traces">
                To the traces
              </a>
            </div>
          </Route>
        </Switch>
      </Suspense>
    </Shell>
  );
}
