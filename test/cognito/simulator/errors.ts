/** An exception of the service, by its name. */
export class CognitoError extends Error {
  readonly code: string;
  readonly status: number;
  constructor(code: string, message: string, status = 400) {
    super(message);
    this.code = code;
    this.status = status;
  }
}

export const invalid = (message: string): CognitoError => new CognitoError('InvalidParameterException', message);
export const unauthorized = (message = 'Incorrect username or password.'): CognitoError =>
  new CognitoError('NotAuthorizedException', message);
export const notFound = (message: string): CognitoError => new CognitoError('ResourceNotFoundException', message);
