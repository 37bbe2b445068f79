// Writes src/icons.gen.ts: the shapes of the Lucide glyphs that the dashboard uses, so that no icon
// library is shipped.
import { readFileSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';

const glyphs = {
  agent: 'bot',
  llm: 'sparkles',
  tool: 'wrench',
  retrieval: 'search',
  guardrail: 'shield-check',
  handoff: 'arrow-right-left',
  embedding: 'binary',
  rerank: 'arrow-down-wide-narrow',
  memory: 'brain',
  chain: 'link',
  http: 'globe',
  database: 'database',
  cache: 'zap',
  file_io: 'file-text',
  traces: 'list-tree',
  sessions: 'messages-square',
  analytics: 'chart-column',
  prompts: 'scroll-text',
  live: 'radio',
  alerts: 'bell',
  store: 'hard-drive',
  light: 'sun',
  dark: 'moon',
  copy: 'copy',
  check: 'check',
  open: 'chevron-down',
  closed: 'chevron-right',
  left: 'arrow-left',
  up: 'arrow-up',
  down: 'arrow-down',
  pin: 'pin',
  cross: 'x',
  success: 'check',
  running: 'loader-circle',
  interrupted: 'power',
  unknown: 'circle-help',
  good: 'thumbs-up',
  bad: 'thumbs-down',
  play: 'play',
  pause: 'pause',
  swap: 'arrow-left-right',
  save: 'bookmark',
  download: 'download',
  trash: 'trash-2',
};

const root = dirname(createRequire(import.meta.url).resolve('lucide-static/package.json'));

/** The elements of a 24 x 24 drawing, each as tag and attributes. */
function shapes(name) {
  const svg = readFileSync(join(root, 'icons', `${name}.svg`), 'utf8');
  const body = svg.slice(svg.indexOf('>', svg.indexOf('<svg')) + 1, svg.indexOf('</svg>'));
  return [...body.matchAll(/<(\w+)([^>]*?)\/>/g)].map(([, tag, text]) => [
    tag,
    Object.fromEntries([...text.matchAll(/([\w-]+)="([^"]*)"/g)].map(([, key, value]) => [key, value])),
  ]);
}

const licence = readFileSync(join(root, 'LICENSE'), 'utf8').trim();
const table = Object.fromEntries(Object.entries(glyphs).map(([key, name]) => [key, shapes(name)]));
writeFileSync(
  new URL('../src/icons.gen.ts', import.meta.url),
  `/*! Lucide (lucide.dev)\n${licence}\n*/\n` +
    'export type Shape = readonly [tag: string, attributes: Readonly<Record<string, string>>];\n' +
    `export const icons = ${JSON.stringify(table, null, 1)} as const satisfies Record<string, readonly Shape[]>;\n` +
    'export type IconName = keyof typeof icons;\n',
);
