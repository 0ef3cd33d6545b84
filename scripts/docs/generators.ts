/** The parts of the docs that are written from code, by the name in their marker. */
export const generators: Readonly<Record<string, () => Promise<string>>> = {};
