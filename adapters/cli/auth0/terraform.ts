import type { ActionSecret } from './action-secrets.ts';

/** A text of HCL: nothing in it is a template. */
const quoted = (text: string): string => JSON.stringify(text).replaceAll('${', '$${').replaceAll('%{', '%%{');

const variableOf = (name: string): string => name.toLowerCase();

const variable = ({ name }: ActionSecret): string => {
  const isSecret = name !== 'STEPWARD_URL';
  const lines = [
    `variable "${variableOf(name)}" {`,
    ...(isSecret ? ['  type      = string', '  sensitive = true'] : ['  type = string']),
    ...(name === 'STEPWARD_REDIRECT_SECRET'
      ? [
          '',
          '  validation {',
          `    condition     = length(var.${variableOf(name)}) >= 32`,
          '    error_message = "At least 32 random bytes."',
          '  }',
        ]
      : []),
    '}',
  ];
  return `${lines.join('\n')}\n`;
};

const secret = ({ name, value }: ActionSecret): string => `
  secrets {
    name  = "${name}"
    value = ${value === undefined ? `var.${variableOf(name)}` : quoted(value)}
  }
`;

/** A module for Terraform's auth0/auth0. It binds this one Action and leaves the others in their order. */
export const terraform = (
  secrets: readonly ActionSecret[],
  code: string,
): string => `# Secrets reach Terraform's state: keep it where secrets are kept.
# \`auth0_trigger_action\` binds this Action alone. \`auth0_trigger_actions\` (plural) owns the whole list: never use both for one trigger.
terraform {
  required_providers {
    auth0 = {
      source = "auth0/auth0"
    }
  }
}

${secrets
  .filter(({ value }) => value === undefined)
  .map(variable)
  .join('\n')}
resource "auth0_action" "stepward" {
  name    = "stepward"
  runtime = "node22"
  deploy  = true
  code    = file("\${path.module}/${code}")

  supported_triggers {
    id      = "post-login"
    version = "v3"
  }
${secrets.map(secret).join('')}}

resource "auth0_trigger_action" "stepward" {
  trigger      = "post-login"
  action_id    = auth0_action.stepward.id
  display_name = "Stepward"
}
`;
