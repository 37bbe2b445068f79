import type { Template } from './queries';

const VARIABLE = /\{\{\s*([^{}]+?)\s*\}\}/g;

export type Token = { readonly text: string } | { readonly variable: string };

/** A template's text cut at its variables. */
export function tokensOf(text: string): Token[] {
  const tokens: Token[] = [];
  let from = 0;
  for (const found of text.matchAll(VARIABLE)) {
    if (found.index > from) tokens.push({ text: text.slice(from, found.index) });
    tokens.push({ variable: found[1]! });
    from = found.index + found[0].length;
  }
  if (from < text.length) tokens.push({ text: text.slice(from) });
  return tokens;
}

/** A template as text alone: of a list of messages each with its role before it. */
export function templateText(template: Template): string {
  if (typeof template === 'string') return template;
  return template
    .map((message) => {
      if (typeof message === 'object' && message !== null && 'role' in message && 'content' in message) {
        const { role, content } = message;
        return `${String(role)}:\n${typeof content === 'string' ? content : JSON.stringify(content, null, 2)}`;
      }
      return JSON.stringify(message, null, 2);
    })
    .join('\n\n');
}

/** Text of a language whose strings are JSON's. */
function text(value: string): string {
  return JSON.stringify(value);
}

/** How programs use a prompt, by language. */
export function snippetsOf(
  origin: string,
  name: string,
  variables: readonly string[],
): readonly (readonly [language: string, code: string])[] {
  const path = `/prompts/${encodeURIComponent(name)}`;
  const values = variables.map((variable) => `${variable}="..."`).join(', ');
  const object = variables.map((variable) => `${text(variable)}: "..."`).join(', ');
  return [
    [
      'Python',
      `from oat import get_prompt\n\nprompt = get_prompt(${text(name)}, label="production")\nmessages = prompt.render(${values})`,
    ],
    [
      'TypeScript',
      `const prompt = await (await fetch(${text(`${origin}${path}?label=production`)})).json();\n` +
        `const values: Record<string, string> = { ${object} };\n` +
        'const filled = prompt.template.replace(/\\{\\{\\s*(\\w+)\\s*\\}\\}/g, (_: string, name: string) => values[name]);\n' +
        `// on the span of the call: oat.prompt_name = ${text(name)}, oat.prompt_version = prompt.version`,
    ],
    ['curl', `curl -s '${origin}${path}?label=production'`],
    [
      'C',
      `oat_span_set_text(span, OAT_TEXT_PROMPT_NAME, ${text(name)}, ${new TextEncoder().encode(name).length});\n` +
        'oat_span_set_prompt_version(span, version);',
    ],
  ];
}
