/** Logins without a decision that the server was not told of. */
const untold = { proceeded: 0, refused: 0 };

export const addUntold = ({ proceeded = 0, refused = 0 }: Partial<typeof untold>): void => {
  untold.proceeded += proceeded;
  untold.refused += refused;
};

export const takeUntold = (): typeof untold => {
  const taken = { ...untold };
  addUntold({ proceeded: -taken.proceeded, refused: -taken.refused });
  return taken;
};
