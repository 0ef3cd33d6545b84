import type { ActionSecret } from './action-secrets.ts';

/** A text of YAML in which nothing has a meaning of its own. */
const quoted = (text: string): string => `'${text.replaceAll("'", "''")}'`;

/** The fragment for auth0-deploy-cli. What has no value is a keyword, which that tool fills from AUTH0_KEYWORD_REPLACE_MAPPINGS. */
export const tenantYaml = (secrets: readonly ActionSecret[], code: string): string =>
  `# A fragment: put it into the tenant.yaml that describes your whole tenant.
# Imported as it is, \`triggers.post-login\` REPLACES your list of Actions in that trigger: name them all below, in their order.
# With AUTH0_ALLOW_DELETE the tool also deletes every Action that its file does not name.
# Keywords come from AUTH0_KEYWORD_REPLACE_MAPPINGS, and no secret belongs into this file. While the secret of the return is being
# changed, add STEPWARD_REDIRECT_SECRET_PREVIOUS with the old one.
actions:
  - name: stepward
    code: ./${code}
    runtime: node22
    deployed: true
    dependencies: []
    supported_triggers:
      - id: post-login
        version: v3
    secrets:
${secrets.map(({ name, value }) => `      - name: ${name}\n        value: ${quoted(value ?? `##${name}##`)}\n`).join('')}triggers:
  post-login:
    - action_name: stepward
      display_name: Stepward
`;
