import type { Driver, DriverOptions } from '../driver.ts';
export const openPostgres = (_url: string, _options: DriverOptions): Driver => {
  throw new TypeError('not yet');
};
