import { ruleLimits } from './limits.ts';
import { describe, type Problem, step } from './problems.ts';

/** Keys and names that reach into a prototype. */
export const forbiddenNames: ReadonlySet<string> = new Set(['__proto__', 'constructor', 'prototype']);

/** An object and an array per nested condition, and the operand's own; what is within may still nest too many conditions. */
const deepest = ruleLimits.depth * 2 + 8;

const isPlain = (value: object): boolean => {
  const prototype = Object.getPrototypeOf(value);
  return prototype === Object.prototype || prototype === null;
};

const ownProblem = (value: unknown, pointer: string, depth: number): Problem | undefined => {
  if (value === null || typeof value === 'string' || typeof value === 'boolean') return undefined;
  if (typeof value === 'number') return Number.isFinite(value) ? undefined : { pointer, expected: 'a finite number', got: describe(value) };
  if (typeof value !== 'object' || !(Array.isArray(value) || isPlain(value)))
    return { pointer, expected: 'a JSON value', got: typeof value };
  if (depth > deepest) return { pointer, expected: `conditions nested at most ${ruleLimits.depth} deep`, got: 'deeper nesting' };
  const key = Array.isArray(value) ? undefined : Object.keys(value).find((name) => forbiddenNames.has(name));
  return key === undefined ? undefined : { pointer: step(pointer, key), expected: 'an operator', got: `the key \`${key}\`` };
};

/** Whether a value is JSON of bearable depth and size; iterative, because the depth is the sender's to choose. */
export const jsonProblem = (root: unknown, rootPointer: string): Problem | undefined => {
  const open: { value: unknown; pointer: string; depth: number }[] = [{ value: root, pointer: rootPointer, depth: 1 }];
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    const { value, pointer, depth } = next;
    const problem = ownProblem(value, pointer, depth);
    if (problem) return problem;
    if (typeof value !== 'object' || value === null) continue;
    for (const [key, child] of Object.entries(value)) open.push({ value: child, pointer: step(pointer, key), depth: depth + 1 });
  }
  const bytes = new TextEncoder().encode(JSON.stringify(root)).length;
  if (bytes <= ruleLimits.bytes) return undefined;
  return { pointer: rootPointer, expected: `at most ${ruleLimits.bytes} bytes`, got: `${bytes} bytes` };
};
