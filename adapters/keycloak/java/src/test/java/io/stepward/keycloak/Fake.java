package io.stepward.keycloak;

import java.lang.reflect.Proxy;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.Function;

/** One of Keycloak's interfaces, of which a test says what it answers; all else is none, false or 0. */
final class Fake<T> {
  private final Class<T> type;
  private final Map<String, Function<Object[], Object>> answers = new LinkedHashMap<>();

  private Fake(Class<T> type) {
    this.type = type;
  }

  static <T> Fake<T> of(Class<T> type) {
    return new Fake<>(type);
  }

  Fake<T> on(String method, Function<Object[], Object> answer) {
    answers.put(method, answer);
    return this;
  }

  Fake<T> with(String method, Object answer) {
    return on(method, given -> answer);
  }

  T make() {
    Object proxy =
        Proxy.newProxyInstance(
            type.getClassLoader(),
            new Class<?>[] {type},
            (self, method, given) -> {
              Function<Object[], Object> answer = answers.get(method.getName());
              if (answer != null) return answer.apply(given);
              if (method.getName().equals("toString")) return type.getSimpleName();
              Class<?> result = method.getReturnType();
              return result == boolean.class ? (Object) false : result == int.class ? (Object) 0 : result == long.class ? (Object) 0L : null;
            });
    return type.cast(proxy);
  }
}
