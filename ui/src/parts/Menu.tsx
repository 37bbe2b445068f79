import { useEffect, useRef, type ReactNode } from 'react';
import { Icon } from './Icon';

/** A button that opens a list below it; a click elsewhere or Escape closes it, and so can what is in it.
 * name: what it is, where the label says only how it stands. */
export function Menu({
  label,
  name,
  children,
}: {
  label: string;
  name?: string;
  children: ReactNode | ((close: () => void) => ReactNode);
}) {
  const menu = useRef<HTMLDetailsElement>(null);
  const shut = () => {
    if (menu.current) menu.current.open = false;
  };
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
      <summary className="button" aria-label={name && `${name}: ${label}`}>
        {label}
        <Icon name="open" size={14} />
      </summary>
      <div className="menu-list">{typeof children === 'function' ? children(shut) : children}</div>
    </details>
  );
}
