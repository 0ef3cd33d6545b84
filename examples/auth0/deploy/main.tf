# Secrets reach Terraform's state: keep it where secrets are kept.
# `auth0_trigger_action` binds this Action alone. `auth0_trigger_actions` (plural) owns the whole list: never use both for one trigger.
terraform {
  required_providers {
    auth0 = {
      source = "auth0/auth0"
    }
  }
}

variable "stepward_server_key" {
  type      = string
  sensitive = true
}

variable "stepward_redirect_secret" {
  type      = string
  sensitive = true

  validation {
    condition     = length(var.stepward_redirect_secret) >= 32
    error_message = "At least 32 random bytes."
  }
}

resource "auth0_action" "stepward" {
  name    = "stepward"
  runtime = "node22"
  deploy  = true
  code    = file("${path.module}/actions/stepward/code.js")

  supported_triggers {
    id      = "post-login"
    version = "v3"
  }

  secrets {
    name  = "STEPWARD_URL"
    value = "https://stepward.example"
  }

  secrets {
    name  = "STEPWARD_SERVER_KEY"
    value = var.stepward_server_key
  }

  secrets {
    name  = "STEPWARD_REDIRECT_SECRET"
    value = var.stepward_redirect_secret
  }

  secrets {
    name  = "STEPWARD_ACTION"
    value = "signIn"
  }

  secrets {
    name  = "STEPWARD_REFRESH_ACTION"
    value = "tokenRefresh"
  }

  secrets {
    name  = "STEPWARD_MODE"
    value = "redirect"
  }

  secrets {
    name  = "STEPWARD_FAILURE_POLICY"
    value = "deny"
  }
}

resource "auth0_trigger_action" "stepward" {
  trigger      = "post-login"
  action_id    = auth0_action.stepward.id
  display_name = "Stepward"
}
