/** Lines of a text, an endless one cut into pieces of at most so many characters. */
export function piecesOf(text: string, longest: number): string[] {
  const pieces: string[] = [];
  let lineEnd = -1;
  for (let from = 0; from < text.length;) {
    // Looked for once a line, not once a piece: a line may be the whole text.
    if (lineEnd < from) {
      const found = text.indexOf('\n', from);
      lineEnd = found < 0 ? text.length : found;
    }
    const end = Math.min(lineEnd, from + longest);
    pieces.push(text.slice(from, end));
    from = end === lineEnd ? end + 1 : end;
  }
  return pieces;
}
