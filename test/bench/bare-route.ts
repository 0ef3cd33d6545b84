/**
 * What `track` is compared with: an Express route that validates the same body and does one durable insert in the same kind of
 * database. node test/bench/bare-route.ts PORT (sqlite:PATH | postgres://…)
 */
import { randomUUID } from 'node:crypto';
import { DatabaseSync } from 'node:sqlite';
import express from 'express';
import { Pool } from 'pg';
import { z } from 'zod';

const [port = '0', url = 'sqlite:'] = process.argv.slice(2);
const columns = 'id TEXT PRIMARY KEY, user_id TEXT, action TEXT, body TEXT, at BIGINT';

type Insert = (values: readonly [string, string, string, string, number]) => unknown;

const onSqlite = (path: string): Insert => {
  const db = new DatabaseSync(path);
  db.exec(`PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; CREATE TABLE track(${columns})`);
  const insert = db.prepare('INSERT INTO track VALUES (?,?,?,?,?)');
  return (values) => insert.run(...values);
};

const onPostgres = async (connectionString: string): Promise<Insert> => {
  const pool = new Pool({ connectionString, max: 10 });
  await pool.query(`CREATE TABLE IF NOT EXISTS bare_track(${columns})`);
  return (values) => pool.query({ name: 'insert', text: 'INSERT INTO bare_track VALUES ($1,$2,$3,$4,$5)', values: [...values] });
};

const insert = url.startsWith('sqlite:') ? onSqlite(url.slice('sqlite:'.length)) : await onPostgres(url);
const body = z.object({
  idempotencyKey: z.string().optional(),
  ipAddress: z.string(),
  userAgent: z.string(),
  deviceId: z.string(),
  email: z.string().optional(),
  custom: z.record(z.string(), z.union([z.string(), z.number(), z.boolean()])).optional(),
});

const app = express();
app.disable('x-powered-by');
app.disable('etag');
app.use(express.json());
app.post('/v1/users/:userId/actions/:action', async (request, response) => {
  if (!request.headers.authorization) return void response.status(401).json({ error: 'unauthorized' });
  const parsed = body.safeParse(request.body);
  if (!parsed.success) return void response.status(400).json({ error: 'invalid_request' });
  const id = randomUUID();
  await insert([id, request.params.userId, request.params.action, JSON.stringify(parsed.data), Date.now()]);
  response.json({ idempotencyKey: id, state: 'ALLOW', url: `http://127.0.0.1/challenge?c=${id}`, token: id, isEnrolled: false });
});
app.listen(Number(port), '127.0.0.1', () => console.log('ready'));
