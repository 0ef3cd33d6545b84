import { UserManager, WebStorageStateStore } from 'oidc-client-ts';

const byId = (id) => document.getElementById(id);

const show = (text, user) => {
  byId('status').textContent = text;
  const rows = ['iss', 'acr', 'amr', 'auth_time'].flatMap((name) => {
    const term = document.createElement('dt');
    const value = document.createElement('dd');
    term.textContent = name;
    value.textContent = JSON.stringify(user?.profile[name]) ?? 'not told';
    return [term, value];
  });
  byId('claims').replaceChildren(...(user ? rows : []));
  byId('sign-in').hidden = Boolean(user);
  byId('renew').hidden = !user;
  byId('sign-out').hidden = !user;
};

const signedIn = (user, how = 'Signed in') => show(`${how} as ${user.profile.name}`, user);
const notSignedIn = ({ error = 'error' }) => show(`You were not signed in: ${error}`);

const start = async () => {
  const settings = await (await fetch('/settings.json')).json();
  const manager = new UserManager({
    ...settings,
    redirect_uri: `${location.origin}/`,
    silent_redirect_uri: `${location.origin}/silent`,
    post_logout_redirect_uri: `${location.origin}/`,
    scope: 'openid profile email',
    loadUserInfo: true,
    // the library leaves acr, amr and auth_time out of `profile` otherwise
    filterProtocolClaims: false,
    userStore: new WebStorageStateStore({ store: sessionStorage }),
  });
  if (location.pathname === '/silent') return manager.signinSilentCallback();

  byId('sign-in').onclick = () => manager.signinRedirect();
  byId('sign-out').onclick = () => manager.signoutRedirect();
  byId('renew').onclick = () => manager.signinSilent().then((user) => signedIn(user, 'Renewed: signed in'), notSignedIn);

  const query = new URLSearchParams(location.search);
  if (!query.has('state')) {
    const user = await manager.getUser();
    return user ? signedIn(user) : show('You are not signed in');
  }
  history.replaceState(null, '', '/');
  if (!query.has('code') && !query.has('error')) return show('You have signed out');
  return manager.signinCallback(`${location.origin}/?${query}`).then((user) => signedIn(user), notSignedIn);
};

start().catch(notSignedIn);
