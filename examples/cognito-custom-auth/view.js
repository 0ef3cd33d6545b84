const byId = (id) => document.getElementById(id);

/** Where the user pool is, and Stepward's pages; `?mode=redirect` leaves this page for the challenge. */
export const settings = {
  ...(await (await fetch('/settings.json')).json()),
  mode: new URLSearchParams(location.search).get('mode') ?? 'popup',
};

const show = (text, claims) => {
  byId('status').textContent = text;
  byId('signed-out').hidden = Boolean(claims);
  byId('sign-out').hidden = !claims;
  const rows = ['iss', 'email', 'auth_time'].flatMap((name) => {
    const term = document.createElement('dt');
    const value = document.createElement('dd');
    term.textContent = name;
    value.textContent = String(claims?.[name] ?? 'not told');
    return [term, value];
  });
  byId('claims').replaceChildren(...(claims ? rows : []));
};

export const view = {
  /** @param claims of the ID token. */
  signedIn: (claims) => {
    byId('sign-in').reset();
    show('You are signed in', claims);
  },
  signedOut: () => show('You are not signed in'),
  failed: (text) => show(text),
  onSignIn: (signIn) => {
    byId('sign-in').onsubmit = async (event) => {
      event.preventDefault();
      show('One moment');
      const { username, password } = Object.fromEntries(new FormData(event.target));
      await signIn(username, password);
    };
  },
  onSignOut: (signOut) => {
    byId('sign-out').onclick = async () => {
      await signOut();
      view.signedOut();
    };
  },
};
