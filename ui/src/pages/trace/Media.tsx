import { useEffect, useMemo, useState } from 'react';
import { bytes, plain } from '../../lib/format';
import type { Media as MediaPart } from '../../lib/messages';

/** What a browser shows without running anything. An SVG is only ever an image, where scripts are dead. */
const pictures = new Set([
  'image/png',
  'image/jpeg',
  'image/gif',
  'image/webp',
  'image/avif',
  'image/svg+xml',
]);
const sounds = new Set(['audio/wav', 'audio/x-wav', 'audio/mpeg', 'audio/ogg', 'audio/flac', 'audio/webm']);

function bytesOf(base64: string): Uint8Array<ArrayBuffer> | null {
  try {
    return Uint8Array.from(atob(base64), (c) => c.charCodeAt(0));
  } catch {
    return null;
  }
}

function hostOf(address: string): string {
  try {
    return new URL(address).host;
  } catch {
    return 'elsewhere';
  }
}

/** A picture or a sound out of a payload. What lies elsewhere is not fetched: who looks at a trace should
 * not be seen doing so. */
export function Media({ media }: { media: MediaPart }) {
  const { base64, mediaType, what, address } = media;
  const content = useMemo(() => (base64 === null ? null : bytesOf(base64)), [base64]);
  const [url, setUrl] = useState<string | null>(null);
  const shown = mediaType !== null && (pictures.has(mediaType) || sounds.has(mediaType));
  useEffect(() => {
    if (!content || !shown) return;
    const made = URL.createObjectURL(new Blob([content], { type: mediaType }));
    setUrl(made);
    return () => {
      URL.revokeObjectURL(made);
    };
  }, [content, shown, mediaType]);
  const size = content ? plain(bytes(content.length)) : null;
  if (address !== null)
    return (
      <span className="chip" title={address}>
        {what} at {hostOf(address)}, not fetched
      </span>
    );
  if (!shown || !content)
    return <span className="chip">{[what, mediaType, size].filter(Boolean).join(' · ')}</span>;
  return (
    <figure className="media">
      {url &&
        (pictures.has(mediaType) ? (
          <img src={url} alt={`${what} of the payload`} />
        ) : (
          <audio src={url} controls preload="metadata" />
        ))}
      <figcaption className="faint">
        {mediaType} · {size}
      </figcaption>
    </figure>
  );
}
