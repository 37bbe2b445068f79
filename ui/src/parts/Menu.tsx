import { useEffect, useRef, type ReactNode } from 'react';
import { Icon } from './Icon';

/** A button that opens a list below it; a click elsewhere or Escape closes it. */
export function Menu({ label, children }: { label: string; children: ReactNode }) {
  const menu = useRef<HTMLDetailsElement>(null);
  useEffect(() => {
    const close = (event: Event) => {
      if (menu.current?.open && event.target instanceof Node && !menu.current.contains(event.target))
        menu.current.open = false;
    };
    document.addEventListener('pointerdown', close);
    return () => {
      document.removeEventListener('pointerdown', close);
    };
  }, []);
  return (
    <details
      className="menu"
      ref={menu}
      onKeyDown={(event) => {
        if (event.key !== 'Escape' || !menu.current) return;
        menu.current.open = false;
        event.stopPropagation();
      }}
    >
      <summary className="button">
        {label}
        <Icon name="open" size={14} />
      </summary>
      <div className="menu-list">{children}</div>
    </details>
  );
}
