import { StepwardError } from '../errors.ts';
import type { PolicySet } from '../policy/policies.ts';
import { customVariable, type DataPoint } from '../signals/data-point.ts';
import { cleared, said } from './compact.ts';
import { checkUnused } from './in-use.ts';
import type { ManagementPorts } from './ports.ts';

export type DataPointInput = {
  readonly description?: string | null;
  readonly isPublic?: boolean | null;
  readonly options?: readonly string[] | null;
  readonly volatile?: boolean | null;
};

export type DataPointAnswer = Omit<DataPoint, 'createdAt'> & { readonly createdAt: string };

const shown = (point: DataPoint): DataPointAnswer => ({ ...point, createdAt: new Date(point.createdAt).toISOString() });

const missing = (id: string): StepwardError => new StepwardError('not_found', `no custom data point \`${id}\``);

/** By id, or by a name that only one data point has. */
const pointOf = (set: PolicySet, id: string): DataPoint => {
  const byId = set.dataPoints.get(id);
  if (byId) return byId;
  const [point, second] = [...set.dataPoints.values()].filter(({ name }) => name === id);
  if (!point || second) throw missing(id);
  return point;
};

const check = (point: DataPoint): DataPoint => {
  if (point.options !== undefined && point.dataType !== 'multiselect')
    throw new StepwardError('invalid_request', '`options` belong to a multiselect', {
      details: [{ pointer: '/options', expected: 'absent, or `dataType` multiselect' }],
    });
  return point;
};

const withPoints = (set: PolicySet, points: Iterable<readonly [string, DataPoint]>): PolicySet => ({ ...set, dataPoints: new Map(points) });

export const listDataPoints = async ({ policies }: ManagementPorts): Promise<readonly DataPointAnswer[]> =>
  [...(await policies.fresh()).dataPoints.values()].toSorted((left, right) => left.createdAt - right.createdAt).map(shown);

export const getDataPoint = async ({ policies }: ManagementPorts, id: string): Promise<DataPointAnswer> =>
  shown(pointOf(await policies.fresh(), id));

/** Declares a data point; its name is taken once for actions and once for users. Throws `already_exists`. */
export const createDataPoint = async (
  ports: ManagementPorts,
  actor: string,
  input: DataPointInput & Pick<DataPoint, 'name' | 'dataType' | 'modelType'>,
): Promise<DataPointAnswer> => {
  const point = check(cleared({ ...input, id: ports.uuid(), createdAt: ports.now() }) as DataPoint);
  return ports.policies.change((set) => {
    if ([...set.dataPoints.values()].some(({ name, modelType }) => name === point.name && modelType === point.modelType))
      throw new StepwardError('already_exists', `the data point \`${point.name}\` of the ${point.modelType} exists`);
    return {
      put: [{ kind: 'data-point', id: point.id, body: point }],
      audit: [{ actor, what: 'data-point.created', subject: point.id, detail: { after: point } }],
      answer: shown(point),
    };
  });
};

/** Changes a data point; throws `in_use` where a rule names an option that would go. Name and type are for ever. */
export const updateDataPoint = (ports: ManagementPorts, actor: string, id: string, input: DataPointInput): Promise<DataPointAnswer> =>
  ports.policies.change((set) => {
    const before = pointOf(set, id);
    const after = check(cleared({ ...before, ...said(input) }) as DataPoint);
    checkUnused(set, withPoints(set, [...set.dataPoints, [before.id, after]]), { variable: customVariable(before).name });
    return {
      put: [{ kind: 'data-point', id: before.id, body: after }],
      audit: [{ actor, what: 'data-point.updated', subject: before.id, detail: { before, after } }],
      answer: shown(after),
    };
  });

/** Removes a data point that no rule names; throws `in_use`. */
export const deleteDataPoint = (ports: ManagementPorts, actor: string, id: string): Promise<void> =>
  ports.policies.change((set) => {
    const before = pointOf(set, id);
    const rest = [...set.dataPoints].filter(([other]) => other !== before.id);
    checkUnused(set, withPoints(set, rest), { variable: customVariable(before).name });
    return {
      remove: [{ kind: 'data-point', id: before.id }],
      audit: [{ actor, what: 'data-point.deleted', subject: before.id, detail: { before } }],
      answer: undefined,
    };
  });
