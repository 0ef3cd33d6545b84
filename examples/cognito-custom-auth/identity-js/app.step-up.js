import { AuthenticationDetails, CognitoUser, CognitoUserPool } from 'amazon-cognito-identity-js';
import { clientMetadata, completeChallenge, readRefusal, resumeSignIn } from 'stepward/cognito';
import { settings, view } from '../view.js';

const { userPoolId, clientId, endpoint } = settings;
const Pool = new CognitoUserPool({ UserPoolId: userPoolId, ClientId: clientId, endpoint });

const signedIn = (session) => view.signedIn(session.getIdToken().payload);
const failed = (error) => view.failed(readRefusal(error)?.text ?? error.message);

const callbacks = (user) => ({
  onSuccess: signedIn,
  onFailure: failed,
  newPasswordRequired: () => view.failed(`Set a password for ${user.getUsername()} first.`),
  customChallenge: async (parameters) => {
    const { mode, challengeOrigin } = settings;
    const keep = { username: user.getUsername(), session: user.Session };
    try {
      answer(user, await completeChallenge(parameters, { mode, challengeOrigin, keep }));
    } catch (error) {
      failed(error);
    }
  },
});
const answer = (user, text) => user.sendCustomChallengeAnswer(text, callbacks(user), clientMetadata());

const resume = () => {
  const resumed = resumeSignIn();
  if (!resumed) return view.signedOut();
  const user = new CognitoUser({ Username: resumed.signIn.username, Pool });
  user.Session = resumed.signIn.session;
  return answer(user, resumed.answer);
};

view.onSignIn((Username, Password) => {
  const user = new CognitoUser({ Username, Pool });
  user.setAuthenticationFlowType('CUSTOM_AUTH');
  user.authenticateUser(new AuthenticationDetails({ Username, Password, ClientMetadata: clientMetadata() }), callbacks(user));
});
view.onSignOut(() => Pool.getCurrentUser()?.signOut());

const current = Pool.getCurrentUser();
if (current) current.getSession((error, session) => (error ? failed(error) : signedIn(session)));
else {
  try {
    resume();
  } catch (error) {
    failed(error);
  }
}
