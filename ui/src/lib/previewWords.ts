const SPOKEN = /"(?:content|text)":\s*"((?:[^"\\]|\\.)*)/;

/** What was said, of a preview that may be JSON cut off in the middle; the preview itself where it is not. */
export function previewWords(preview: string): string {
  if (!/^\s*[[{]/.test(preview)) return preview;
  const said = SPOKEN.exec(preview)?.[1];
  if (!said) return preview;
  try {
    return JSON.parse(`"${said.replace(/\\(?:u[0-9a-f]{0,3})?$/i, '')}"`) as string;
  } catch {
    return preview;
  }
}
