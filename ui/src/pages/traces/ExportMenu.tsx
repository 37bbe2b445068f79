import { useQuery } from '@tanstack/react-query';
import { address, get } from '../../lib/api';
import { Menu } from '../../parts/Menu';

interface Format {
  readonly name: string;
  readonly description: string;
}

/** The formats that the daemon offers, each a file of what is named: GET /export. */
export function ExportMenu({
  label,
  selection,
}: {
  label: string;
  selection: Readonly<Record<string, string | null>>;
}) {
  const formats = useQuery({
    queryKey: ['export formats'],
    queryFn: ({ signal }) => get<{ readonly formats: readonly Format[] }>('/export/formats', {}, signal),
    staleTime: Infinity,
  });
  if (!formats.data) return null;
  return (
    <Menu label={label}>
      {formats.data.formats.map((format) => (
        <a
          key={format.name}
          className="menu-row"
          href={address('/export', { ...selection, format: format.name })}
          download
          title={format.description}
        >
          {format.name}
        </a>
      ))}
    </Menu>
  );
}
