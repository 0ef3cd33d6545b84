/** Signals whose value the browser chooses freely: nothing that lets through may rest on them alone. */
export const clientChosen: ReadonlySet<string> = new Set([
  'device.id',
  'device.claimedId',
  'device.isBot',
  'device.userAgent',
  'device.userAgentChanged',
  'device.languageChanged',
  'device.type',
  'device.osName',
  'device.osVersion',
  'device.osMajor',
  'device.browserName',
  'device.browserMajor',
]);
