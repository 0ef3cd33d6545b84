import { Amplify } from 'aws-amplify';
import { fetchAuthSession, signIn, signOut } from 'aws-amplify/auth';
import { settings, view } from '../view.js';

const { userPoolId, clientId, endpoint } = settings;
Amplify.configure({ Auth: { Cognito: { userPoolId, userPoolClientId: clientId, userPoolEndpoint: endpoint } } });

const failed = (error) => view.failed(error.message);

const show = async () => {
  const { tokens } = await fetchAuthSession();
  if (tokens) view.signedIn(tokens.idToken.payload);
  else view.signedOut();
};

view.onSignIn((username, password) => signIn({ username, password }).then(show).catch(failed));
view.onSignOut(() => signOut());

show().catch(failed);
