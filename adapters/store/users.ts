import type { User } from '../../core/index.ts';
import type { UserQuery } from '../../core/ports/store.ts';
import type { Builder } from './schema.ts';
import { rowsOf, type Unit } from './unit.ts';

/** Users by exact contact or name, in the order of their ids. */
export function* findUsers(build: Builder, query: UserQuery): Unit<readonly User[]> {
  const { username, email, phoneNumber, afterUserId } = query;
  const rows = yield* rowsOf(
    build
      .selectFrom('users')
      .select('doc')
      .$if(username !== undefined, (q) => q.where('username', '=', username ?? ''))
      .$if(email !== undefined, (q) => q.where('email', '=', email ?? ''))
      .$if(phoneNumber !== undefined, (q) => q.where('phone_number', '=', phoneNumber ?? ''))
      .$if(afterUserId !== undefined, (q) => q.where('user_id', '>', afterUserId ?? ''))
      .orderBy('user_id')
      .limit(query.limit),
  );
  return rows.map((row) => JSON.parse(row.doc));
}
