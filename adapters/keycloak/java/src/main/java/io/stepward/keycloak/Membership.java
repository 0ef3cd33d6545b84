package io.stepward.keycloak;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import org.keycloak.models.GroupModel;
import org.keycloak.models.RoleModel;
import org.keycloak.models.UserModel;
import org.keycloak.models.utils.RoleUtils;

/** What a user belongs to, with what is inherited; sorted, so that the same user looks the same at each login. */
final class Membership {
  private static final int MOST = 50;

  private Membership() {}

  static List<String> realmRoles(UserModel user) {
    return RoleUtils.getDeepUserRoleMappings(user).stream()
        .filter(role -> !role.isClientRole())
        .map(RoleModel::getName)
        .sorted()
        .limit(MOST)
        .toList();
  }

  static List<String> groupPaths(UserModel user) {
    Set<String> paths = new LinkedHashSet<>();
    user.getGroupsStream()
        .forEach(
            group -> {
              for (GroupModel at = group; at != null; at = at.getParent()) paths.add(pathOf(at));
            });
    return paths.stream().sorted().limit(MOST).toList();
  }

  private static String pathOf(GroupModel group) {
    Deque<String> names = new ArrayDeque<>();
    for (GroupModel at = group; at != null; at = at.getParent()) names.addFirst(at.getName());
    return "/" + String.join("/", names);
  }
}
