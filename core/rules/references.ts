/** What conditions name, readable or not: a list or data point named here is in use. */
export const references = (conditions: unknown): { variables: Set<string>; lists: Set<string> } => {
  const variables = new Set<string>();
  const lists = new Set<string>();
  const open: unknown[] = [conditions];
  while (open.length > 0) {
    const node = open.pop();
    if (typeof node !== 'object' || node === null) continue;
    if (!Array.isArray(node)) {
      const { var: named, inList } = node as { readonly var?: unknown; readonly inList?: unknown };
      const name = Array.isArray(named) ? named[0] : named;
      if (typeof name === 'string') variables.add(name);
      const alias = Array.isArray(inList) ? inList[1] : undefined;
      if (typeof alias === 'string') lists.add(alias);
    }
    for (const child of Object.values(node)) open.push(child);
  }
  return { variables, lists };
};
