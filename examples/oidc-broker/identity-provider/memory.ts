import type { Adapter, AdapterPayload } from 'oidc-provider';

/** What the identity provider remembers, as long as the process lasts. */
export const createMemory = (): ((model: string) => Adapter) => {
  const kept = new Map<string, { readonly payload: AdapterPayload; readonly until: number }>();
  return (model) => {
    const key = (id: string): string => `${model}:${id}`;
    const find = async (id: string): Promise<AdapterPayload | undefined> => {
      const found = kept.get(key(id));
      return found && Date.now() < found.until ? found.payload : undefined;
    };
    const first = async (name: 'uid' | 'userCode', value: string): Promise<AdapterPayload | undefined> =>
      [...kept].find(([id, { payload }]) => id.startsWith(key('')) && payload[name] === value)?.[1].payload;
    return {
      upsert: async (id, payload, expiresIn) => {
        kept.set(key(id), { payload, until: Date.now() + (expiresIn ?? Number.POSITIVE_INFINITY) * 1000 });
      },
      find,
      findByUid: (uid) => first('uid', uid),
      findByUserCode: (userCode) => first('userCode', userCode),
      consume: async (id) => {
        Object.assign((await find(id)) ?? {}, { consumed: Math.floor(Date.now() / 1000) });
      },
      destroy: async (id) => {
        kept.delete(key(id));
      },
      revokeByGrantId: async (grantId) => {
        for (const [id, { payload }] of kept) if (id.startsWith(key('')) && payload.grantId === grantId) kept.delete(id);
      },
    };
  };
};
