/** What a unified diff makes of a text; throws where it is a diff of something else. */
export const patched = (before: string, diff: string): string => {
  const lines = before.split('\n');
  const made: string[] = [];
  let at = 0;
  for (const [, start = '1', hunk = ''] of diff.matchAll(/^@@ -(\d+)[^\n]*@@[^\n]*\n((?:[ +-][^\n]*\n)*)/gm)) {
    made.push(...lines.slice(at, Number(start) - 1));
    at = Number(start) - 1;
    for (const line of hunk.split('\n').slice(0, -1)) {
      const [kind, content] = [line[0], line.slice(1)];
      if (kind !== '+' && lines[at++] !== content) throw new Error(`the diff is not of this text: ${line}`);
      if (kind !== '-') made.push(content);
    }
  }
  return [...made, ...lines.slice(at)].join('\n');
};
