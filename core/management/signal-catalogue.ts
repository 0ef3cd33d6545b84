import { operatorsFor } from '../rules/operators.ts';
import { customVariable, type DataPoint } from '../signals/data-point.ts';
import type { Signal, SignalType, UnknownCause, Variable } from '../signals/define.ts';
import { signals } from '../signals/index.ts';
import { recommendationParts } from '../signals/recommendation.ts';
import type { ManagementPorts } from './ports.ts';

export type CatalogueEntry = {
  readonly name: string;
  readonly label: string;
  readonly category: Signal['category'];
  readonly type: SignalType;
  readonly operators: readonly string[];
  readonly unknownWhen: readonly UnknownCause[];
  readonly options?: readonly string[];
};

const entry = (variable: Variable, label: string, category: Signal['category'], unknownWhen: readonly UnknownCause[]): CatalogueEntry => ({
  name: variable.name,
  label,
  category,
  type: variable.type,
  operators: operatorsFor(variable),
  unknownWhen,
  ...(variable.options && { options: variable.options }),
});

const causesOf = ({ dataType }: DataPoint): readonly UnknownCause[] =>
  dataType === 'number'
    ? ['no-input', 'ill-typed', 'non-finite']
    : dataType === 'boolean'
      ? ['no-input', 'ill-typed']
      : ['no-input', 'ill-typed', 'too-long'];

/** Everything that a condition may name, as a rule editor needs it. */
export const listSignals = async ({ policies }: ManagementPorts): Promise<readonly CatalogueEntry[]> => [
  ...signals.map((signal) => entry(signal, signal.label, signal.category, signal.unknownWhen)),
  ...recommendationParts.map((part) => entry(part, part.label, 'Risk', [])),
  ...[...(await policies.fresh()).dataPoints.values()].map((point) =>
    entry(customVariable(point), point.description ?? point.name, 'Custom', causesOf(point)),
  ),
];
