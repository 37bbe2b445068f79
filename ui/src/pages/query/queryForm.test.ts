import { describe, expect, it } from 'vitest';
import type { QueryAnswer } from '../../lib/query';
import { csvOf, firstForm, queryOf, rowFilter } from './queryForm';

const columns = [
  { name: 'time', type: 'time', unit: 's' },
  { name: 'model', type: 'text', unit: null },
  { name: 'count', type: 'integer', unit: null },
  { name: 'sum:total_cost', type: 'number', unit: 'USD' },
] as const;

describe('a query', () => {
  it('leads from a row to the spans behind it', () => {
    const query = queryOf({ ...firstForm, aggregates: 'count, sum:cost' });
    expect(rowFilter('type = llm or a', columns, [0, 'say "hi"', 3, 1], query)).toBe(
      '(type = llm or a) and model = "say \\"hi\\""',
    );
    expect(rowFilter('', columns, [0, null, 3, 1], query)).toBe('model = null');
  });

  it('is a table for spreadsheets that runs no formula', () => {
    const answer = {
      columns,
      rows: [
        [1, '=1+1', 3, null],
        [2, 'a,"b"', -4, 0.5],
      ],
    } as unknown as QueryAnswer;
    expect(csvOf(answer)).toBe('time,model,count,sum:total_cost\n1,\'=1+1,3,\n2,"a,""b""",-4,0.5\n');
  });
});
