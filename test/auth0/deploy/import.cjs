// Imports a file by auth0-deploy-cli itself, into a tenant that only writes down what it is told. Apart from the tests, because the
// tool's schema check makes code from strings. Standard input: a list of {"file", "keywords", "options"}; the last line of the output:
// for each what the tenant was told, or why the tool refused it.
const { Auth0 } = require('auth0-deploy-cli/lib/tools');
const { default: YAMLContext } = require('auth0-deploy-cli/lib/context/yaml');
const { default: schema } = require('auth0-deploy-cli/lib/tools/auth0/schema');

// the tool compiles the schemas of all its types, twice an import, for half a minute: those of the types that are in our files suffice
const used = new Set(['actions', 'triggers', 'clients', 'exclude', 'include']);
for (const type of Object.keys(schema.properties)) if (!used.has(type)) delete schema.properties[type];

const tenant = (told) => {
  const actions = [{ id: 'act_other', name: 'other', supported_triggers: [{ id: 'post-login', version: 'v3' }], code: '' }];
  const write =
    (name, answer) =>
    async (...args) => {
      told.push({ call: name, args });
      return answer?.(...args);
    };
  return {
    actions: {
      list: async () => ({ data: actions }),
      create: write('actions.create', (action) => {
        const made = { ...action, id: `act_${action.name}` };
        actions.push(made);
        return made;
      }),
      update: write('actions.update'),
      delete: write('actions.delete'),
      deploy: write('actions.deploy'),
      modules: { list: async () => ({ data: [] }) },
      triggers: { list: async () => ({ triggers: [] }), bindings: { updateMany: write('triggers.bindings.updateMany') } },
    },
    clients: { list: async () => ({ data: [] }), create: write('clients.create', (client) => ({ data: client })) },
  };
};

const imported = async ({ file, keywords, options }) => {
  const told = [];
  const config = { AUTH0_INPUT_FILE: file, AUTH0_KEYWORD_REPLACE_MAPPINGS: keywords, ...options };
  const client = tenant(told);
  const context = new YAMLContext(config, client);
  await context.loadAssetsFromLocal();
  const auth0 = new Auth0(client, context.assets, (key) => config[key]);
  await auth0.validate();
  await auth0.processChanges();
  return told;
};

let input = '';
process.stdin.on('data', (text) => {
  input += text;
});
process.stdin.on('end', async () => {
  const answers = [];
  for (const run of JSON.parse(input)) answers.push(await imported(run).catch((error) => ({ refused: String(error.message) })));
  process.stdout.write(`\n${JSON.stringify(answers)}`);
});
