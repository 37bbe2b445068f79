import { useMemo, useRef, type ReactNode } from 'react';
import { Link, useLocation } from 'wouter';
import type { IconName } from '../icons.gen';
import { useFiring } from '../lib/alerts';
import { setTheme, useTheme } from '../lib/theme';
import { useKeys } from '../lib/useKeys';
import { setZone, useZone } from '../lib/zone';
import { Icon } from '../parts/Icon';
import { Caller } from './Caller';
import { KeySheet } from './KeySheet';
import './shell.css';

const pages: readonly { path: string; key: string; icon: IconName; label: string }[] = [
  { path: '/traces', key: 't', icon: 'traces', label: 'Traces' },
  { path: '/sessions', key: 's', icon: 'sessions', label: 'Sessions' },
  { path: '/analytics', key: 'a', icon: 'analytics', label: 'Analytics' },
  { path: '/prompts', key: 'p', icon: 'prompts', label: 'Prompts' },
  { path: '/live', key: 'l', icon: 'live', label: 'Live' },
  { path: '/alerts', key: 'e', icon: 'alerts', label: 'Alerts' },
  { path: '/store', key: 'o', icon: 'store', label: 'Store' },
];

function ThemeButton() {
  const other = useTheme() === 'dark' ? 'light' : 'dark';
  return (
    <button
      className="button plain icon"
      title={`To the ${other} theme`}
      aria-label={`To the ${other} theme`}
      onClick={() => {
        setTheme(other);
      }}
    >
      <Icon name={other} />
    </button>
  );
}

/** Which clock times are of. */
function ZoneButton() {
  const zone = useZone();
  const other = zone === 'utc' ? 'local' : 'utc';
  const says = other === 'utc' ? 'Show times in UTC' : 'Show times of this place';
  return (
    <button
      className="button plain icon zone"
      title={says}
      aria-label={says}
      onClick={() => {
        setZone(other);
      }}
    >
      {zone === 'utc' ? 'UTC' : 'local'}
    </button>
  );
}

/** How many alerts fire, beside the way to them. */
function Firing() {
  const firing = useFiring();
  if (firing === 0) return null;
  return (
    <span className="rail-mark num">
      {firing}
      <span className="hidden-text"> firing</span>
    </span>
  );
}

/** What surrounds every page: where one can go, and the keys for it. */
export function Shell({ children }: { children: ReactNode }) {
  const [path, navigate] = useLocation();
  const sheet = useRef<HTMLDialogElement>(null);
  const keys = useMemo(
    () => ({
      ...Object.fromEntries(
        pages.map(({ path: to, key }) => [
          `g ${key}`,
          () => {
            navigate(to);
          },
        ]),
      ),
      '/': () => {
        document.querySelector<HTMLInputElement>('input[type=search]')?.focus();
      },
      '?': () => {
        sheet.current?.showModal();
      },
    }),
    [navigate],
  );
  useKeys(keys);
  return (
    <div className="shell">
      <a className="skip" href="#content">
        Skip to the content
      </a>
      <nav className="rail" aria-label="Pages">
        <Link href="/traces" className="brand" aria-label="OpenAgentTrace">
          <img src="/ui/icon.svg" width="24" height="24" alt="" />
        </Link>
        {pages.map((page) => (
          <Link
            key={page.path}
            href={page.path}
            className="rail-item"
            aria-current={path.startsWith(page.path) ? 'page' : undefined}
          >
            <Icon name={page.icon} size={18} />
            <span>{page.label}</span>
            {page.path === '/alerts' && <Firing />}
          </Link>
        ))}
        <span className="rail-space" />
        <Caller />
        <ZoneButton />
        <ThemeButton />
        <button
          className="button plain icon keys"
          aria-label="Keys"
          title="Keys"
          onClick={() => {
            sheet.current?.showModal();
          }}
        >
          ?
        </button>
      </nav>
      <main id="content">{children}</main>
      <KeySheet ref={sheet} />
    </div>
  );
}
