import type { RealmAdmin, Row } from './admin.ts';
import type { Frame } from './layout.ts';
import { Refusal } from './refusal.ts';
import type { Edit, Target, TargetExecution, TargetFlow } from './target.ts';

const description = 'Made by `stepward keycloak apply`; changes here are taken for drift';
/** Keycloak's own distance between rows. */
const step = 10;

const rowOf = async (admin: RealmAdmin, flow: string, isIt: (row: Row) => boolean): Promise<Row> => {
  const row = (await admin.rows(flow)).find((one) => one.level === 0 && isIt(one));
  if (!row) throw new Refusal(`a row of the flow \`${flow}\` is gone: somebody else changes flows at the same time`);
  return row;
};

/** New rows begin DISABLED, and older servers number them by themselves. */
const settle = async (admin: RealmAdmin, flow: string, row: Row, wanted: Pick<Row, 'requirement' | 'priority'>): Promise<void> => {
  if (row.requirement === wanted.requirement && row.priority === wanted.priority) return;
  await admin.updateRow(flow, { ...row, ...wanted });
};

const addExecution = async (admin: RealmAdmin, parent: string, target: TargetExecution, priority: number): Promise<void> => {
  const { authenticator, requirement, settings, initial } = target;
  const id = await admin.addExecution(parent, authenticator, priority);
  // settings first: an execution that runs without them denies
  if (settings || initial) await admin.createSettings(id, `${parent} ${authenticator}`, { ...initial, ...settings });
  await settle(admin, parent, await rowOf(admin, parent, (row) => row.id === id), { requirement, priority });
};

const add = async (admin: RealmAdmin, parent: Parent, target: Target, priority: number): Promise<void> => {
  const { requirement } = target;
  if (target.kind === 'execution') return addExecution(admin, parent.alias, target, priority);
  if (target.kind === 'flow') {
    await admin.addFlow(parent.alias, target.alias, priority);
    const row = await rowOf(admin, parent.alias, ({ displayName, flowId }) => flowId !== undefined && displayName === target.alias);
    await addAll(admin, { id: row.flowId ?? '', alias: target.alias }, target);
    return settle(admin, parent.alias, row, { requirement, priority });
  }
  const id = await admin.copyFlow(target.of, target.alias);
  await admin.nestFlow(parent.id, id, requirement, priority);
  await admin.demoteFlow(id);
  await settle(admin, parent.alias, await rowOf(admin, parent.alias, ({ flowId }) => flowId === id), { requirement, priority });
  if (target.edit) await applyEdit(admin, target.alias, id, target.edit);
};

type Parent = { readonly id: string; readonly alias: string };

const addAll = async (admin: RealmAdmin, parent: Parent, { nodes }: TargetFlow): Promise<void> => {
  for (const [at, node] of nodes.entries()) await add(admin, parent, node, (at + 1) * step);
};

/** Rows behind the place move on, so that the new one has a number of its own. */
const makeRoom = async (admin: RealmAdmin, flow: string, at: Row): Promise<void> => {
  const later = (await admin.rows(flow)).filter((row) => row.level === 0 && row.id !== at.id && row.priority >= at.priority);
  if (later.every(({ priority }) => priority > at.priority + 1)) return;
  for (const row of later.toReversed()) await admin.updateRow(flow, { ...row, priority: row.priority + step });
};

const applyEdit = async (admin: RealmAdmin, copy: string, copyId: string, edit: Edit): Promise<void> => {
  const { into } = edit;
  const intoId =
    into === copy ? copyId : (await admin.rows(copy)).find(({ displayName, flowId }) => flowId && displayName === into)?.flowId;
  const parent = { id: intoId ?? '', alias: into };
  if (edit.kind === 'insert') {
    const mail = await rowOf(admin, into, ({ providerId }) => providerId === edit.after);
    await makeRoom(admin, into, mail);
    return add(admin, parent, edit.node, mail.priority + 1);
  }
  const replaced = await rowOf(admin, into, ({ displayName, flowId }) => flowId !== undefined && displayName === edit.row);
  await admin.deleteRow(replaced.id);
  return add(admin, parent, edit.by, replaced.priority);
};

/** Writes a flow of ours. Until something names it, nobody's login knows of it. */
export const buildFrame = async (admin: RealmAdmin, frame: Frame): Promise<void> => {
  if (frame.kind === 'flow') {
    const id = await admin.createFlow(frame.alias, description);
    return addAll(admin, { id, alias: frame.alias }, frame);
  }
  const id = await admin.copyFlow(frame.of, frame.alias);
  if (frame.edit) await applyEdit(admin, frame.alias, id, frame.edit);
};
