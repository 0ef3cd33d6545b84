package io.stepward.keycloak;

/** A setting that cannot be worked with. Its message names the setting and never its value. */
final class InvalidSettings extends Exception {
  private static final long serialVersionUID = 1L;

  final String setting;

  InvalidSettings(String setting, String what) {
    super("`" + setting + "` " + what);
    this.setting = setting;
  }
}
