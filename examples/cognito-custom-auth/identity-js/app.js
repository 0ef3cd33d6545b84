import { AuthenticationDetails, CognitoUser, CognitoUserPool } from 'amazon-cognito-identity-js';
import { settings, view } from '../view.js';

const { userPoolId, clientId, endpoint } = settings;
const Pool = new CognitoUserPool({ UserPoolId: userPoolId, ClientId: clientId, endpoint });

const signedIn = (session) => view.signedIn(session.getIdToken().payload);
const failed = (error) => view.failed(error.message);

const callbacks = (user) => ({
  onSuccess: signedIn,
  onFailure: failed,
  newPasswordRequired: () => view.failed(`Set a password for ${user.getUsername()} first.`),
});

view.onSignIn((Username, Password) => {
  const user = new CognitoUser({ Username, Pool });
  user.authenticateUser(new AuthenticationDetails({ Username, Password }), callbacks(user));
});
view.onSignOut(() => Pool.getCurrentUser()?.signOut());

const current = Pool.getCurrentUser();
if (current) current.getSession((error, session) => (error ? failed(error) : signedIn(session)));
else view.signedOut();
