import MarkdownIt from 'markdown-it';
import { createElement, type ReactNode } from 'react';
import { visible } from '../../lib/visible';

type Token = ReturnType<typeof parser.parse>[number];

/** No HTML is ever made: tokens become elements, and only those of this list. */
const parser = new MarkdownIt({ html: false, linkify: false });
const tags = new Set(
  'p h1 h2 h3 h4 h5 h6 em strong s blockquote ul ol li hr br table thead tbody tr th td code pre'.split(' '),
);
const SAFE_ADDRESS = /^(https?:\/\/|mailto:)/i;

function linkOf(token: Token, kids: ReactNode[], key: number): ReactNode {
  const href = String(token.attrGet('href') ?? '');
  if (!SAFE_ADDRESS.test(href)) return <span key={key}>{kids}</span>;
  const host = /^https?:/i.test(href) ? new URL(href).host : null;
  return (
    <span key={key}>
      <a href={href} target="_blank" rel="noopener noreferrer nofollow">
        {kids}
      </a>
      {host && <span className="faint"> ({visible(host)})</span>}
    </span>
  );
}

function leafOf(token: Token, key: number): ReactNode {
  switch (token.type) {
    case 'text':
      return visible(token.content);
    case 'softbreak':
    case 'hardbreak':
      return <br key={key} />;
    case 'hr':
      return <hr key={key} />;
    case 'code_inline':
      return <code key={key}>{visible(token.content)}</code>;
    case 'fence':
    case 'code_block':
      return (
        <pre key={key}>
          <code>{visible(token.content)}</code>
        </pre>
      );
    case 'image':
      return (
        <span key={key} className="chip" title={String(token.attrGet('src') ?? '')}>
          image “{visible(token.content)}”, not fetched
        </span>
      );
    case 'inline':
      return elementsOf(token.children ?? []);
    default:
      return visible(token.content);
  }
}

function elementsOf(tokens: readonly Token[]): ReactNode[] {
  const open: { token: Token | null; kids: ReactNode[] }[] = [{ token: null, kids: [] }];
  tokens.forEach((token, key) => {
    const top = open[open.length - 1]!;
    if (token.nesting > 0) open.push({ token, kids: [] });
    else if (token.nesting < 0 && open.length > 1) {
      const { token: opening, kids } = open.pop()!;
      const into = open[open.length - 1]!.kids;
      if (!opening || opening.hidden) into.push(...kids);
      else if (opening.tag === 'a') into.push(linkOf(opening, kids, key));
      else into.push(createElement(tags.has(opening.tag) ? opening.tag : 'span', { key }, ...kids));
    } else top.kids.push(leafOf(token, key));
  });
  return open[0]!.kids;
}

/** Text as Markdown. */
export default function Markdown({ text }: { text: string }) {
  return <div className="markdown">{elementsOf(parser.parse(text, {}))}</div>;
}
