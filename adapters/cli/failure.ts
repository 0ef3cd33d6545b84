/** Ends a command with one line and an exit code: 2 where the command line is wrong, 1 where the work failed. */
export class Failure extends Error {
  readonly exitCode: 1 | 2;

  constructor(exitCode: 1 | 2, message: string) {
    super(message);
    this.name = 'Failure';
    this.exitCode = exitCode;
  }
}
