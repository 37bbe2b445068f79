import { describe, expect, it } from 'vitest';
import { arranged, moved, pinToggled, placed, toggled } from './arrangement';

const known = ['start', 'name', 'cost', 'user'];
const plain = { shown: ['start', 'name', 'cost'], pinned: [] };
const pinned = { shown: ['name', 'start', 'cost'], pinned: ['name'] };

describe('the arrangement of columns', () => {
  it('holds what there is, each once, pinned ones first', () => {
    const asked = { shown: ['start', 'nonsense', 'name', 'start'], pinned: ['name', 'user'] };
    expect(arranged(asked, known)).toEqual({ shown: ['name', 'start'], pinned: ['name'] });
  });

  it('shows another one at the end, and one less', () => {
    expect(toggled(plain, 'user').shown).toEqual(['start', 'name', 'cost', 'user']);
    expect(toggled(pinned, 'name')).toEqual({ shown: ['start', 'cost'], pinned: [] });
  });

  it('pins a column to the left and lets go of it', () => {
    expect(pinToggled(pinned, 'cost')).toEqual({
      shown: ['name', 'cost', 'start'],
      pinned: ['name', 'cost'],
    });
    expect(pinToggled(pinned, 'name')).toEqual({ shown: ['name', 'start', 'cost'], pinned: [] });
  });

  it('moves a column one place', () => {
    expect(moved(plain, 'cost', -1).shown).toEqual(['start', 'cost', 'name']);
    expect(moved(plain, 'start', 1).shown).toEqual(['name', 'start', 'cost']);
    expect(moved(plain, 'start', -1)).toEqual(plain);
    expect(moved(plain, 'cost', 1)).toEqual(plain);
  });

  it('never moves a column across the edge of the pinned ones', () => {
    expect(moved(pinned, 'name', 1)).toEqual(pinned);
    expect(moved(pinned, 'start', -1)).toEqual(pinned);
  });

  it('puts a column where it was dropped', () => {
    expect(placed(plain, 'cost', 'start').shown).toEqual(['cost', 'start', 'name']);
    expect(placed(plain, 'start', null).shown).toEqual(['name', 'cost', 'start']);
    expect(placed(pinned, 'cost', 'name')).toEqual({ shown: ['name', 'cost', 'start'], pinned: ['name'] });
    expect(placed(plain, 'name', 'name')).toEqual(plain);
  });
});
