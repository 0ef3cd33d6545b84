export { type Evidence, evidence, riskModelVersion, riskReasons, riskVariables } from './evidence.ts';
export { defaultBias, type RiskSettings, recommend } from './recommend.ts';
