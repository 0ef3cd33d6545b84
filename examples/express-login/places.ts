/** Where a request pretends to come from: a browser on this machine has no address that says anything. */
export type Place = { readonly id: string; readonly label: string; readonly ipAddress: string };

/** Documentation addresses (RFC 5737) that the data in `ip-data/` describes. */
export const places: readonly Place[] = [
  { id: 'office', label: 'the office in Lisbon', ipAddress: '203.0.113.10' },
  { id: 'vpn', label: 'a VPN', ipAddress: '198.51.100.20' },
  { id: 'tor', label: 'the Tor network', ipAddress: '198.51.100.200' },
  { id: 'abroad', label: 'abroad', ipAddress: '192.0.2.30' },
];

/** The place with this id; the first for an id that is none. */
export const placeOf = (id: unknown): Place => places.find((place) => place.id === id) ?? (places[0] as Place);
