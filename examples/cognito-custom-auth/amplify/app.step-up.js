import { Amplify } from 'aws-amplify';
import { confirmSignIn, fetchAuthSession, signIn, signOut } from 'aws-amplify/auth';
import { clientMetadata, completeChallenge, readRefusal, resumeSignIn } from 'stepward/cognito';
import { settings, view } from '../view.js';

const { userPoolId, clientId, endpoint } = settings;
Amplify.configure({ Auth: { Cognito: { userPoolId, userPoolClientId: clientId, userPoolEndpoint: endpoint } } });

const failed = (error) => view.failed(readRefusal(error)?.text ?? error.message);

const show = async () => {
  const { tokens } = await fetchAuthSession();
  if (tokens) view.signedIn(tokens.idToken.payload);
  else view.signedOut();
};

const answer = async (challengeResponse) => goOn(await confirmSignIn({ challengeResponse, options: { clientMetadata: clientMetadata() } }));

const goOn = async ({ nextStep }) => {
  if (nextStep.signInStep !== 'CONFIRM_SIGN_IN_WITH_CUSTOM_CHALLENGE') return show();
  const { mode, challengeOrigin } = settings;
  return answer(await completeChallenge(nextStep.additionalInfo, { mode, challengeOrigin, keep: 'amplify' }));
};

const resume = async () => {
  const resumed = resumeSignIn();
  return resumed ? answer(resumed.answer) : show();
};

view.onSignIn((username, password) => {
  const options = { authFlowType: 'CUSTOM_WITH_SRP', clientMetadata: clientMetadata() };
  return signIn({ username, password, options }).then(goOn).catch(failed);
});
view.onSignOut(() => signOut());

resume().catch(failed);
