import { inject } from 'vitest';
import type { ProvidedKeycloak } from '../server/global-setup.ts';
import { makeRealm, type Realm, type RealmSettings } from './make-realm.ts';

/** The server of this run. Tests that need it are in a `describe.skipIf(!hasKeycloak)`. */
export const keycloak = inject('keycloak') as ProvidedKeycloak;
export const hasKeycloak: boolean = inject('keycloak') !== undefined;

/** A realm of its own on the server of this run, with flows, clients and users. */
export const createRealm = (settings: RealmSettings): Promise<Realm> => makeRealm(keycloak, settings);
