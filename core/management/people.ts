import type { InstanceRef, State } from '../action.ts';
import type { ManagementPorts } from './ports.ts';

const audited = ({ store, uuid, now }: ManagementPorts, actor: string, what: string, subject: string, detail?: unknown): Promise<void> =>
  store.appendAudit([{ id: uuid(), at: now(), actor, what, subject, ...(detail !== undefined && { detail }) }]);

/** Decides a review; who and why are kept with the instance. */
export const decideReview = async (
  ports: ManagementPorts,
  actor: string,
  ref: InstanceRef,
  { state, reason }: { readonly state: State; readonly reason?: string },
): Promise<{ readonly state: State; readonly stateUpdatedAt: string }> => {
  const answer = await ports.stepward.updateAction(ref, { state, reviewer: actor, ...(reason !== undefined && { reason }) });
  await audited(ports, actor, 'review.decided', `${ref.userId}/${ref.action}/${ref.idempotencyKey}`, { state, reason });
  return answer;
};

export const invalidateDevice = async (
  ports: ManagementPorts,
  actor: string,
  userId: string,
  device: string,
): Promise<Record<string, unknown>> => {
  const answer = await ports.stepward.invalidateDevice(userId, device);
  await audited(ports, actor, 'device.invalidated', userId, { deviceId: answer.deviceId });
  return answer;
};

export const deleteAuthenticator = async (
  ports: ManagementPorts,
  actor: string,
  userId: string,
  userAuthenticatorId: string,
): Promise<void> => {
  await ports.stepward.deleteAuthenticator(userId, userAuthenticatorId);
  await audited(ports, actor, 'authenticator.deleted', userId, { userAuthenticatorId });
};

/** Takes every factor from a user, for a reason; he enrolls anew, not before the waiting time is over. */
export const resetUser = async (
  ports: ManagementPorts,
  actor: string,
  userId: string,
  request: { readonly reason: string; readonly waitSeconds?: number },
): Promise<void> => {
  await ports.stepward.resetUser(userId, { ...request, actor });
  await audited(ports, actor, 'user.reset', userId, request);
};

/** Erases a user; the audit log keeps that it happened. */
export const deleteUser = async (ports: ManagementPorts, actor: string, userId: string): Promise<void> => {
  await ports.stepward.deleteUser(userId);
  await audited(ports, actor, 'user.deleted', userId);
};
